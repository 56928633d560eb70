"""What the MQTT server does at the edges of the protocol, seen byte by byte."""

import time

import pytest
from programs import wait_until
import wire
from wire import PINGRESP, PUBACK, packet, publish_packet, text

MALFORMED, PROTOCOL_ERROR, KEEP_ALIVE_TIMEOUT, TAKEN_OVER = 0x81, 0x82, 0x8D, 0x8E
TOPIC_NAME_INVALID, PACKET_TOO_LARGE = 0x90, 0x95


@pytest.fixture(name="gateway")
def gateway_fixture(site):
    """A gateway with no upstream: what arrives stays in its backlog."""
    gateway = site.gateway()
    gateway.start()
    return gateway


def backlog(gateway):
    return gateway.status()["streams"][0]["next"]


@pytest.mark.parametrize("version", [4, 5])
def test_acknowledgements_come_in_the_order_of_receipt(gateway, connect, version):
    client = connect(gateway, version=version)
    assert client.connect("a") == 0
    identifiers = [7, 3, 65535, 1, 2] + list(range(100, 400))
    client.send(b"".join(publish_packet("sensors/a", str(i), i, version=version) for i in identifiers))
    assert [client.receive_acknowledgement() for _ in identifiers] == identifiers


def test_a_packet_may_come_byte_by_byte(gateway, connect):
    client = connect(gateway)
    assert client.connect("a") == 0
    for byte in publish_packet("sensors/a", "slow", 9):
        client.send(bytes([byte]))
    assert client.receive_acknowledgement() == 9


def test_ping_is_answered(gateway, connect):
    client = connect(gateway)
    assert client.connect("a") == 0
    client.send(packet(0xC0))
    assert client.receive()[0] == PINGRESP


def test_a_silent_client_is_closed_after_one_and_a_half_keep_alives(gateway, connect):
    client = connect(gateway)
    assert client.connect("a", keep_alive=1) == 0
    began = time.monotonic()
    assert client.reason_of_close() == KEEP_ALIVE_TIMEOUT
    assert 1.4 < time.monotonic() - began < 5


def test_a_client_that_pings_is_not_closed(gateway, connect):
    client = connect(gateway)
    assert client.connect("a", keep_alive=1) == 0
    began = time.monotonic()
    while time.monotonic() - began < 3:
        client.send(packet(0xC0))
        assert client.receive()[0] == PINGRESP
        with pytest.raises(TimeoutError):
            client.receive(timeout=0.5)


def test_a_second_client_of_the_same_id_takes_the_connection_over(gateway, connect):
    first, second = connect(gateway), connect(gateway)
    assert first.connect("twin") == 0
    assert second.connect("twin") == 0
    assert first.reason_of_close() == TAKEN_OVER
    second.publish("sensors/twin", "still here", 5)
    assert second.receive_acknowledgement() == 5


def test_a_client_that_used_up_its_rate_leaves_its_will(site, connect):
    gateway = site.gateway(topics='"will/#"', mqtt='client_rate = "1/s"\nclient_burst = 2')
    gateway.start()
    sensor = connect(gateway)
    assert sensor.connect("sensor", will=("will/sensor", "gone")) == 0
    for number in (1, 2):
        sensor.publish("x", b"", number)
        assert sensor.receive_acknowledgement() == number
    sensor.close()
    gateway.wait_for_status(lambda s: s["streams"][0]["next"] == 1, "the will is stored")


@pytest.mark.parametrize("version", [4, 5])
def test_the_will_of_a_broken_connection_is_stored(gateway, connect, version):
    client = connect(gateway, version=version)
    assert client.connect("a", will=("sensors/will", "gone")) == 0
    client.close()
    wait_until(lambda: backlog(gateway) == 1, "the will is durable")


def test_a_client_that_says_goodbye_leaves_no_will(gateway, connect):
    client = connect(gateway)
    assert client.connect("a", will=("sensors/will", "gone")) == 0
    client.send(packet(0xE0))
    assert client.reason_of_close() is None
    other = connect(gateway)
    assert other.connect("b") == 0
    other.publish("sensors/b", "later", 1)
    other.receive_acknowledgement()
    assert backlog(gateway) == 1


BROKEN = {
    "type 0": (packet(0x00), MALFORMED),
    "type 15 in 5.0 without data": (packet(0xF0), None),
    "PUBLISH with QoS 3": (packet(0x36, text("sensors/a") + b"\0\1\0x"), MALFORMED),
    "PUBLISH to a wildcard": (publish_packet("sensors/+", "x"), TOPIC_NAME_INVALID),
    "PUBLISH with a topic that is no UTF-8": (publish_packet(b"sensors/\xff", "x"), MALFORMED),
    "PUBLISH with packet identifier 0": (publish_packet("sensors/a", "x", packet_id=0), None),
    "PUBLISH at QoS 2 with packet identifier 0": (publish_packet("sensors/a", "x", packet_id=0, qos=2), None),
    "PUBREL without its flags": (packet(0x60, b"\0\1"), MALFORMED),
    "PUBLISH over the maximum size": (publish_packet("sensors/a", b"x" * 600_000), PACKET_TOO_LARGE),
    "PUBLISH that ends within its topic": (packet(0x32, b"\0\x20sensors"), MALFORMED),
    "remaining length of five bytes": (b"\x32\xff\xff\xff\xff\x01", MALFORMED),
    "a second CONNECT": (packet(0x10, text("MQTT") + b"\x05\x02\0\x3c\0" + text("b")), PROTOCOL_ERROR),
    "PINGREQ with flags": (packet(0xC1), MALFORMED),
    "CONNACK from a client": (packet(0x20, b"\0\0\0"), PROTOCOL_ERROR),
}


def test_a_connect_with_a_will_that_is_too_large_is_told_so(gateway, connect):
    client = connect(gateway)
    connect_packet = wire.connect_packet("a", will=("sensors/w", b"w" * 40_000))
    client.send(connect_packet[:20_000])
    kind, body = client.receive()
    assert (kind, body[1]) == (wire.CONNACK, PACKET_TOO_LARGE)


@pytest.mark.parametrize("what", BROKEN)
def test_broken_input_closes_its_connection_with_a_reason_and_no_other(gateway, connect, what):
    data, reason = BROKEN[what]
    bystander, client = connect(gateway), connect(gateway)
    assert bystander.connect("bystander") == 0
    assert client.connect("broken") == 0
    client.send(data)
    given = client.reason_of_close()
    assert given is not None and given >= 0x80
    assert reason in (None, given)
    bystander.publish("sensors/b", "not disturbed", 3)
    assert bystander.receive_acknowledgement() == 3
    assert backlog(gateway) == 1, "nothing broken is stored"


def test_what_does_not_begin_with_connect_is_closed(gateway, connect):
    for data in (publish_packet("sensors/a", "x"), b"GET / HTTP/1.1\r\n\r\n", bytes(64)):
        client = connect(gateway)
        client.send(data)
        assert client.reason_of_close() is None


def test_what_came_before_broken_input_is_stored_and_acknowledged(gateway, connect):
    client = connect(gateway)
    assert client.connect("a") == 0
    client.send(publish_packet("sensors/a", "good", 11) + packet(0x00))
    kinds = []
    while (answer := client.receive())[0] is not None:
        kinds.append(answer[0])
    wait_until(lambda: backlog(gateway) == 1, "the message before is durable")
    assert kinds in ([PUBACK, 14], [14])
