"""QoS 2 in and out, exactly once over a kill of either side, before and after each of its eight packets."""

import signal
import subprocess
import threading

import pytest
from exactly_once import Publisher, Subscriber, publish_once, subscribed, take_one
from programs import wait_until
from subscriber import PahoClient
from test_peers import VERSIONS, mosquitto
from test_subscribe import metric
from wire import PUBACK, PUBCOMP, PUBLISH, PUBREC, PUBREL, ack_packet, connect_packet, packet, publish_packet, text

BOTH = pytest.mark.parametrize("version", [4, 5])
IN = ["before PUBLISH", "PUBLISH sent", "PUBREC unseen", "PUBREC seen", "PUBREL sent", "PUBCOMP unseen", "PUBCOMP seen"]
OUT = ["PUBLISH unseen", "PUBLISH seen", "PUBREC sent", "PUBREL unseen", "PUBREL seen", "PUBCOMP sent"]


@pytest.fixture(name="gateway")
def gateway_fixture(site):
    """A gateway with no upstream."""
    gateway = site.gateway()
    gateway.start()
    return gateway


def restart(gateway):
    gateway.kill()
    gateway.start()


def collected(way):
    """The payloads that the collector has, in order, once everything is delivered."""
    gateway, collector = way
    gateway.wait_until_delivered()
    return [one["payload"] for one in collector.records()]


class Breaker:
    """Calls `act` the first time that a moment of this name comes."""

    def __init__(self, moment, act):
        self.moment, self.act, self.done = moment, act, False

    def __call__(self, moment):
        if moment == self.moment and not self.done:
            self.done = True
            self.act()


def journey(way, connect, version, in_breaker=lambda moment: None, out_breaker=lambda moment: None):
    """One message from a publisher to a subscriber and to the collector, broken somewhere on its way; then another under
    the identifier of the first. Both arrive, once. `breaker.act` is told whom to break off before it comes to that."""
    subscriber = Subscriber("subscriber", lambda v: connect(way[0], version=v), version, at=out_breaker)
    subscriber.subscribe("sensors/#")
    publisher = Publisher("publisher", lambda v: connect(way[0], version=v), version, at=in_breaker)
    for breaker, client in ((in_breaker, publisher), (out_breaker, subscriber)):
        if isinstance(breaker, Breaker) and breaker.act is None:
            breaker.act = client.break_off
    publisher.publish("sensors/a", "first", 7)
    subscriber.take(1)
    publisher.publish("sensors/a", "second", 7)
    subscriber.take(2)
    assert subscriber.delivered == ["first", "second"]
    assert collected(way) == ["first", "second"]
    for breaker in (in_breaker, out_breaker):
        assert not isinstance(breaker, Breaker) or breaker.done, "the moment came"


@BOTH
@pytest.mark.parametrize("moment", IN)
def test_in_over_a_kill_of_the_gateway(way, connect, version, moment):
    journey(way, connect, version, in_breaker=Breaker(moment, lambda: restart(way[0])))


@BOTH
@pytest.mark.parametrize("moment", OUT)
def test_out_over_a_kill_of_the_gateway(way, connect, version, moment):
    journey(way, connect, version, out_breaker=Breaker(moment, lambda: restart(way[0])))


@BOTH
@pytest.mark.parametrize("moment", IN)
def test_in_over_a_kill_of_the_client(way, connect, version, moment):
    journey(way, connect, version, in_breaker=Breaker(moment, None))


@BOTH
@pytest.mark.parametrize("moment", OUT)
def test_out_over_a_kill_of_the_client(way, connect, version, moment):
    journey(way, connect, version, out_breaker=Breaker(moment, None))


@pytest.fixture(name="slow")
def slow_fixture(site, connect):
    """A gateway whose next commit is a second away: what is said now is not durable for so long."""
    gateway = site.gateway(store='size = "64 MiB"\ncommit_pause = "1 s"')
    gateway.start()
    other = connect(gateway)
    assert other.connect("other") == 0
    other.publish("sensors/other", b"", 1)
    assert other.receive_acknowledgement() == 1
    return gateway


def resume(connect, gateway, client_id):
    wire = connect(gateway)
    assert wire.connect(client_id, clean=False, expiry=3600) == 0
    return wire


def test_a_release_that_an_earlier_connection_said_is_durable_before_it_is_answered_on_the_next(slow, connect):
    first = resume(connect, slow, "sensor")
    first.publish("sensors/a", "first", 7, 2)
    assert take_one(first, PUBREC) == 7
    first.send(ack_packet(PUBREL, 7))
    first.close()
    second = resume(connect, slow, "sensor")
    second.send(ack_packet(PUBREL, 7))
    assert take_one(second, PUBCOMP) == 7
    second.send(publish_packet("sensors/a", "second", 7, 2))
    restart(slow)
    third = resume(connect, slow, "sensor")
    assert third.session_present
    third.send(publish_packet("sensors/a", "second", 7, 2, dup=True) + ack_packet(PUBREL, 7))
    assert take_one(third, PUBREC) == 7
    assert take_one(third, PUBCOMP) == 7
    assert slow.status()["streams"][0]["next"] == 3, "the other's, the first and the second"


def test_a_session_is_durable_before_another_connection_hears_of_it(slow, connect):
    first = connect(slow)
    first.send(connect_packet("sensor", clean=False, expiry=3600))
    wait_until(lambda: metric(slow, "tidegate_sessions_kept_sessions") == 1, "it has begun")
    first.close()
    assert resume(connect, slow, "sensor").session_present
    restart(slow)
    assert resume(connect, slow, "sensor").session_present


@pytest.fixture(name="up")
def up_fixture():
    """Set while the gateway runs."""
    up = threading.Event()
    up.set()
    return up


def restart_for(up, gateway, *clients):
    up.clear()
    gateway.kill()
    for client in clients:
        wait_until(lambda one=client: not one.connected(), "it has noticed")
    gateway.start()
    up.set()
    for client in clients:
        wait_until(client.connected, "it is back")


def numbers(count, first=0):
    return [f"message {i}" for i in range(first, first + count)]


@BOTH
def test_paho_publishes_exactly_once_over_kills_of_the_gateway(way, version, up):
    gateway, _ = way
    publisher = PahoClient(gateway.ports["mqtt"], "publisher", version, clean=False, back_when=up)
    for kill in range(5):
        sent = [publisher.begin_publish("sensors/a", payload, qos=2) for payload in numbers(100, 100 * kill)]
        sent[10].wait_for_publish(20)
        restart_for(up, gateway, publisher)
    for one in sent:
        one.wait_for_publish(20)
    publisher.end()
    assert sorted(collected(way)) == sorted(numbers(500))


@BOTH
def test_paho_is_delivered_exactly_once_over_kills_of_the_gateway(gateway, version, up):
    subscriber = PahoClient(gateway.ports["mqtt"], "subscriber", version, clean=False, back_when=up)
    subscriber.subscribe(("sensors/#", 2))
    publisher = PahoClient(gateway.ports["mqtt"], "publisher", version, clean=False, back_when=up)
    for kill in range(5):
        sent = [publisher.begin_publish("sensors/a", payload, qos=2) for payload in numbers(100, 100 * kill)]
        wait_until(lambda begun=100 * kill: len(subscriber.messages) > begun + 10, "deliveries go on")
        restart_for(up, gateway, publisher, subscriber)
    for one in sent:
        one.wait_for_publish(20)
    wait_until(lambda: len(subscriber.messages) >= 500, "all are delivered")
    publisher.publish("sensors/a", "end", qos=2)
    assert sorted(subscriber.payloads_until("end")) == sorted(numbers(500))
    publisher.end()
    subscriber.end()


@pytest.mark.parametrize("version", VERSIONS)
def test_mosquitto_pub_and_sub_at_qos_2(way, version):
    gateway, _ = way
    lines = numbers(200)
    command = ["mosquitto_sub", "-h", "127.0.0.1", "-p", gateway.ports["mqtt"], "-V", VERSIONS[version][0], "-q", "2",
               "-t", "sensors/#", "-C", len(lines), "-W", "20"]
    with subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE, text=True) as subscriber:
        wait_until(lambda: metric(gateway, "tidegate_hub_subscriptions") == 1, "it has subscribed")
        done = mosquitto("mosquitto_pub", gateway, "-V", VERSIONS[version][0], "-q", "2", "-t", "sensors/a", "-l",
                         input="\n".join(lines) + "\n")
        assert done.returncode == 0, done.stderr
        out, _ = subscriber.communicate(timeout=20)
    assert out.split("\n")[:-1] == lines
    assert collected(way) == lines


def test_mosquitto_sub_gets_what_came_while_it_was_killed(gateway):
    def subscriber(count):
        command = ["mosquitto_sub", "-h", "127.0.0.1", "-p", str(gateway.ports["mqtt"]), "-q", "2", "-i", "sub", "-c",
                   "-t", "sensors/#", "-C", str(count), "-W", "20"]
        return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    with subscriber(1000) as first:
        wait_until(lambda: metric(gateway, "tidegate_hub_subscriptions") == 1, "it has subscribed")
        first.send_signal(signal.SIGKILL)
    mosquitto("mosquitto_pub", gateway, "-q", "2", "-t", "sensors/a", "-l", input="\n".join(numbers(50)) + "\n")
    restart(gateway)
    with subscriber(50) as second:
        out, _ = second.communicate(timeout=20)
    assert out.split("\n")[:-1] == numbers(50)


@BOTH
def test_without_a_session_the_identifier_lives_as_long_as_the_connection(gateway, connect, version):
    for _ in range(2):
        client = connect(gateway, version=version)
        assert client.connect("c") == 0
        for _ in range(2):
            client.publish("sensors/a", "x", 7, qos=2)
            assert take_one(client, PUBREC) == 7
        client.close()
    assert gateway.status()["streams"][0]["next"] == 2, "once for each connection"
    assert metric(gateway, "tidegate_sessions_kept_sessions") == 0


@BOTH
def test_a_pubrel_of_nothing_known_is_answered(gateway, connect, version):
    client = connect(gateway, version=version)
    assert client.connect("c") == 0
    client.send(ack_packet(PUBREL, 99))
    assert take_one(client, PUBCOMP) == 99


@BOTH
def test_the_receive_maximum_of_the_client_is_kept_over_its_connections(gateway, connect, version):
    client, publisher = connect(gateway, version=version), connect(gateway)
    assert publisher.connect("p") == 0
    assert client.connect("c", clean=False, expiry=60) == 0
    subscribed(client)
    client.close()
    for i in range(300):
        publish_once(publisher, "sensors/a", str(i), 1 + i)
    client = connect(gateway, version=version)
    properties = b"\x08\x11\0\0\0\x3c\x21\0\x05" if version == 5 else b""
    client.send(packet(0x10, text("MQTT") + bytes([version]) + b"\0\0\x3c" + properties + text("c")))
    assert client.receive()[1][:2] == b"\1\0"
    most = 5 if version == 5 else 128
    taken = []
    while len(taken) < 300:
        batch = []
        while len(batch) < min(most, 300 - len(taken)):
            kind, body = client.receive()
            assert kind == PUBLISH
            at = 2 + int.from_bytes(body[:2], "big")
            batch.append((int.from_bytes(body[at:at + 2], "big"), body[at + 2 + (version == 5):].decode()))
        for packet_id, _ in batch:
            client.send(ack_packet(PUBREC, packet_id))
        for packet_id, _ in batch:
            assert take_one(client, PUBREL) == packet_id
        for packet_id, payload in batch:
            client.send(ack_packet(PUBCOMP, packet_id))
            taken.append(payload)
    assert taken == [str(i) for i in range(300)]


@BOTH
def test_acknowledgements_of_all_qualities_come_in_the_order_of_receipt(gateway, connect, version):
    client = connect(gateway, version=version)
    assert client.connect("c", clean=False, expiry=60) == 0
    client.publish("sensors/a", "first", 1, qos=2)
    assert take_one(client, PUBREC) == 1
    client.send(publish_packet("sensors/a", "x", 2, 1, version) + ack_packet(PUBREL, 1) +
                publish_packet("sensors/a", "y", 3, 2, version) + publish_packet("sensors/a", "z", 4, 1, version))
    assert [client.receive()[0] for _ in range(4)] == [PUBACK, PUBCOMP, PUBREC, PUBACK]


def test_what_finds_no_room_is_held_back_and_goes_in_once(site, connect):
    collector = site.collector()
    gateway = site.gateway(collector.port, stream='when_full = "refuse"\nquota = "1 MiB"',
                           mqtt="receive_maximum = 65535")
    gateway.start()
    client = connect(gateway)
    assert client.connect("c", clean=False, expiry=60) == 0
    count, payload = 60, "x" * 20_000
    for i in range(count):
        client.publish("sensors/a", f"{i:06} {payload}", 1 + i, qos=2)
    wait_until(lambda: metric(gateway, "tidegate_ingest_held_total") > 0, "it is held back")
    collector.start()
    assert [take_one(client, PUBREC) for _ in range(count)] == list(range(1, count + 1))
    gateway.wait_until_delivered()
    assert [int(one["payload"][:6]) for one in collector.records()] == list(range(count))
