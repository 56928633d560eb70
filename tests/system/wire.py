"""MQTT spoken byte by byte: for what no well-behaved client sends, and to see exactly what comes back."""

import contextlib
import socket

CONNACK, PUBLISH, PUBACK, PUBREC, PUBREL, PUBCOMP, SUBACK, UNSUBACK, PINGRESP, DISCONNECT = 2, 3, 4, 5, 6, 7, 9, 11, 13, 14


def text(words):
    data = words.encode() if isinstance(words, str) else words
    return len(data).to_bytes(2, "big") + data


def packet(first_byte, body=b""):
    size, length = len(body), b""
    while True:
        size, digit = divmod(size, 128)
        length += bytes([digit | (0x80 if size else 0)])
        if not size:
            return bytes([first_byte]) + length + body


def connect_packet(client_id, version=5, keep_alive=60, will=None, user=None, password=None, clean=True, expiry=None):
    """`will` is (topic, payload), at QoS 1. `expiry`: of the session, in seconds; 5.0 only."""
    flags = 0x0C if will else 0
    flags |= (0x80 if user is not None else 0) | (0x40 if password is not None else 0) | (0x02 if clean else 0)
    none = b"\0" if version == 5 else b""  # empty properties
    properties = b"\5\x11" + expiry.to_bytes(4, "big") if expiry is not None and version == 5 else none
    body = text("MQTT") + bytes([version, flags]) + keep_alive.to_bytes(2, "big") + properties + text(client_id)
    if will:
        body += none + text(will[0]) + text(will[1])
    for one in (user, password):
        body += text(one) if one is not None else b""
    return packet(0x10, body)


def publish_packet(topic, payload, packet_id=1, qos=1, version=5, dup=False):
    body = text(topic) + (packet_id.to_bytes(2, "big") if qos else b"") + (b"\0" if version == 5 else b"")
    body += payload.encode() if isinstance(payload, str) else payload
    return packet(0x30 | qos << 1 | (8 if dup else 0), body)


def ack_packet(kind, packet_id):
    """PUBACK, PUBREC, PUBREL or PUBCOMP."""
    return packet(kind << 4 | (2 if kind == PUBREL else 0), packet_id.to_bytes(2, "big"))


def subscribe_packet(topic_filter, packet_id=1, qos=1, version=5):
    return packet(0x82, packet_id.to_bytes(2, "big") + (b"\0" if version == 5 else b"") + text(topic_filter) + bytes([qos]))


class Wire:
    """One connection. Not connected in MQTT's sense before connect()."""

    def __init__(self, port, version=5, receive_buffer=None):
        """`receive_buffer`: bytes that the kernel takes in before anybody reads; its own choice if not given."""
        self.version = version
        self.session_present = None
        self.flags = 0  # of the packet that was received last
        self._socket = socket.socket()
        if receive_buffer:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self._socket.settimeout(10)
        self._socket.connect(("127.0.0.1", port))
        self._input = b""

    def connect(self, client_id, **options):
        """The reason code of CONNACK."""
        self.send(connect_packet(client_id, self.version, **options))
        kind, body = self.receive()
        assert kind == CONNACK, f"packet type {kind}"
        self.session_present = body[0] == 1
        return body[1]

    def publish(self, topic, payload, packet_id=1, qos=1):
        self.send(publish_packet(topic, payload, packet_id, qos, self.version))

    def send(self, data):
        self._socket.sendall(data)

    def receive(self, timeout=10.0):
        """(type, body) of the next packet; (None, b"") when the server has closed. TimeoutError if nothing comes."""
        self._socket.settimeout(timeout)
        while True:
            taken = self._take()
            if taken:
                return taken
            try:
                data = self._socket.recv(65536)
            except ConnectionResetError:
                data = b""
            if not data:
                return None, b""
            self._input += data

    def wait_until_readable(self, timeout=10.0):
        """Until a packet is there, without taking it."""
        self._socket.settimeout(timeout)
        if not self._input:
            self._socket.recv(1, socket.MSG_PEEK)

    def receive_acknowledgement(self, timeout=10.0):
        """The packet identifier of the PUBACK that must come next."""
        kind, body = self.receive(timeout)
        assert kind == PUBACK, f"packet type {kind}, {body!r}"
        assert len(body) == 2 or body[2] < 0x80, f"refused with {body[2]:#x}"
        return int.from_bytes(body[:2], "big")

    def reason_of_close(self):
        """The reason code of the DISCONNECT before the server closed; None if it closed without a word."""
        reason = None
        while True:
            kind, body = self.receive()
            if kind is None:
                return reason
            if kind == DISCONNECT:
                reason = body[0] if body else 0

    def close(self):
        """Without DISCONNECT: the will is due."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _take(self):
        size, shift = 0, 0
        for at, digit in enumerate(self._input[1:5], start=2):
            size |= (digit & 0x7F) << shift
            shift += 7
            if digit < 0x80:
                if len(self._input) < at + size:
                    return None
                first, body = self._input[0], self._input[at:at + size]
                self._input = self._input[at + size:]
                self.flags = first & 0x0F
                return first >> 4, body
        return None


def publish(connect, gateway, numbers):
    """Publishes a message a number at QoS 1 and waits until each is acknowledged."""
    client = connect(gateway, version=4)
    assert client.connect("sensor") == 0
    for number in numbers:
        client.send(publish_packet("sensors/t", str(number), 1 + number % 60_000, version=4))
        client.receive_acknowledgement()
    client.close()
