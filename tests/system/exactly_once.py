"""QoS 2 spoken step by step, by clients whose own state outlives both their connection and the gateway.

Moments are named after the packet that has just gone by: "PUBLISH sent", "PUBREC unseen" (it has come and nobody has
read it), "PUBREC seen". At each of them the test is asked; what it breaks is made whole, and the steps go on."""

from wire import PUBCOMP, PUBLISH, PUBREC, PUBREL, SUBACK, ack_packet, publish_packet, subscribe_packet

NAMES = {PUBLISH: "PUBLISH", PUBREC: "PUBREC", PUBREL: "PUBREL", PUBCOMP: "PUBCOMP"}
EXPIRY = 3600


class Interrupted(Exception):
    """The connection has ended: go on from what is known."""


class Client:
    """A client with a session that it asks to be kept. `connect(version)` makes a Wire; `at(moment)` breaks things."""

    def __init__(self, name, connect, version, at=lambda moment: None):
        self.name, self.version = name, version
        self._connect, self._at = connect, at
        self._had_session = False
        self.wire = None
        self.reconnect()

    def reconnect(self):
        """With the session; what it was told of it is held against the gateway."""
        self.wire = self._connect(self.version)
        assert self.wire.connect(self.name, clean=False, expiry=EXPIRY) == 0
        assert self.wire.session_present == self._had_session
        self._had_session = True

    def break_off(self):
        """The client is killed: what it has not read is gone with it."""
        self.wire.close()

    def through(self, steps):
        """Does steps() until no interruption is left to get over."""
        while True:
            try:
                return steps()
            except (Interrupted, OSError):
                self.reconnect()

    def send(self, data, moment):
        self.wire.send(data)
        self._at(f"{moment} sent")

    def receive(self, *kinds):
        """(kind, body) of the next packet, which is one of `kinds`."""
        self.wire.wait_until_readable()
        kind, body = self.wire.receive()
        if kind is None:
            raise Interrupted
        assert kind in kinds, f"{NAMES.get(kind, kind)} came, not {[NAMES.get(one, one) for one in kinds]}"
        return kind, body

    def expect(self, kind):
        """The packet identifier of the acknowledgement that comes next."""
        self.wire.wait_until_readable()
        self._at(f"{NAMES[kind]} unseen")
        _, body = self.receive(kind)
        self._at(f"{NAMES[kind]} seen")
        return int.from_bytes(body[:2], "big")


class Publisher(Client):
    """Sends one message at a time."""

    def publish(self, topic, payload, packet_id):
        state = {"sent": False, "received": False}

        def steps():
            if not state["received"]:
                again, state["sent"] = state["sent"], True
                self.send(publish_packet(topic, payload, packet_id, 2, self.version, dup=again), "PUBLISH")
                assert self.expect(PUBREC) == packet_id
                state["received"] = True
            self.send(ack_packet(PUBREL, packet_id), "PUBREL")
            assert self.expect(PUBCOMP) == packet_id
        self._at("before PUBLISH")
        self.through(steps)


class Subscriber(Client):
    """`delivered` is what its application got, each message when it was first seen."""

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.delivered = []
        self._received = set()  # identifiers, until PUBREL

    def subscribe(self, topic_filter):
        self.wire.send(subscribe_packet(topic_filter, qos=2, version=self.version))
        kind, body = self.wire.receive()
        assert (kind, body[-1]) == (SUBACK, 2)

    def take(self, count):
        """Until `count` messages are delivered and done with."""
        def steps():
            while len(self.delivered) < count or self._received:
                self.step()
        self.through(steps)

    def step(self):
        self.wire.wait_until_readable()
        self._at(f"{'PUBREL' if self._received else 'PUBLISH'} unseen")
        kind, body = self.receive(PUBLISH, PUBREL)
        if kind == PUBLISH:
            self._take_message(body)
            return
        packet_id = int.from_bytes(body[:2], "big")
        self._received.discard(packet_id)
        self._at("PUBREL seen")
        self.send(ack_packet(PUBCOMP, packet_id), "PUBCOMP")

    def _take_message(self, body):
        assert self.wire.flags >> 1 & 3 == 2
        end = 2 + int.from_bytes(body[:2], "big")
        packet_id, payload = int.from_bytes(body[end:end + 2], "big"), body[end + 2 + (self.version == 5):]
        if packet_id not in self._received:
            self._received.add(packet_id)
            self.delivered.append(payload.decode())
        self._at("PUBLISH seen")
        self.send(ack_packet(PUBREC, packet_id), "PUBREC")


def take_one(wire, kind):
    """The packet identifier of the packet of this kind that comes next."""
    came, body = wire.receive()
    assert came == kind, f"packet type {came}, {body!r}"
    return int.from_bytes(body[:2], "big")


def subscribed(wire, topic_filter="sensors/#", qos=2):
    wire.send(subscribe_packet(topic_filter, qos=qos, version=wire.version))
    assert wire.receive()[0] == SUBACK


def publish_once(wire, topic, payload, packet_id):
    """A message through all its steps."""
    wire.publish(topic, payload, packet_id, qos=2)
    assert take_one(wire, PUBREC) == packet_id
    wire.send(ack_packet(PUBREL, packet_id))
    assert take_one(wire, PUBCOMP) == packet_id
