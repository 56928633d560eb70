"""Sessions that outlive their connections: what is kept of them, for how long, and when they end."""

import pytest
from exactly_once import publish_once, subscribed, take_one
from programs import wait_until
from test_subscribe import dropped, metric
from wire import PUBACK, PUBCOMP, PUBLISH, PUBREC, PUBREL, UNSUBACK, ack_packet, packet, text

BOTH = pytest.mark.parametrize("version", [4, 5])


@pytest.fixture(name="gateway")
def gateway_fixture(site):
    """A gateway with no upstream."""
    gateway = site.gateway()
    gateway.start()
    return gateway


@BOTH
def test_a_session_is_resumed_with_its_subscriptions_also_after_a_kill(gateway, connect, version):
    client = connect(gateway, version=version)
    assert client.connect("c", clean=False, expiry=60) == 0
    assert not client.session_present
    subscribed(client, "sensors/#")
    subscribed(client, "other/#")
    client.send(packet(0xA2, b"\0\1" + (b"\0" if version == 5 else b"") + text("other/#")))
    assert client.receive()[0] == UNSUBACK
    gateway.kill()
    gateway.start()
    publisher, client = connect(gateway), connect(gateway, version=version)
    assert publisher.connect("p") == 0
    assert client.connect("c", clean=False, expiry=60) == 0
    assert client.session_present
    publish_once(publisher, "other/a", "not for it", 1)
    publish_once(publisher, "sensors/a", "for it", 2)
    kind, body = client.receive()
    assert kind == PUBLISH
    assert body.endswith(b"for it") and b"not" not in body


@BOTH
def test_a_clean_start_ends_the_session(gateway, connect, version):
    client = connect(gateway, version=version)
    assert client.connect("c", clean=False, expiry=60) == 0
    subscribed(client)
    client.publish("sensors/a", "x", 7, qos=2)
    assert take_one(client, PUBREC) == 7
    second = connect(gateway, version=version)
    assert second.connect("c", clean=True) == 0
    assert not second.session_present
    assert metric(gateway, "tidegate_hub_subscriptions") == 0
    second.publish("sensors/a", "x", 7, qos=2)
    assert take_one(second, PUBREC) == 7
    assert gateway.status()["streams"][0]["next"] == 2, "the identifier was of the old session"
    second.close()
    third = connect(gateway, version=version)
    assert third.connect("c", clean=False, expiry=60) == 0
    assert not third.session_present


def test_a_session_that_is_taken_over_goes_on(gateway, connect):
    first = connect(gateway)
    assert first.connect("c", clean=False, expiry=60) == 0
    subscribed(first)
    first.publish("sensors/a", "x", 7, qos=2)
    assert take_one(first, PUBREC) == 7
    second = connect(gateway)
    assert second.connect("c", clean=False, expiry=60) == 0
    assert second.session_present
    assert first.reason_of_close() == 0x8E
    kind, body = second.receive()
    assert (kind, body[-1:]) == (PUBLISH, b"x"), "its own message, by its subscription"
    second.send(ack_packet(PUBREL, 7))
    assert take_one(second, PUBCOMP) == 7


def test_a_session_ends_when_it_expires(site, connect):
    gateway = site.gateway(mqtt='session_expiry = "1 s"')
    gateway.start()
    client, other = connect(gateway), connect(gateway)
    assert other.connect("other") == 0
    assert client.connect("c", clean=False, expiry=100) == 0
    subscribed(client)
    client.close()
    wait_until(lambda: metric(gateway, "tidegate_sessions_kept_sessions") == 0, "it is over")
    assert metric(gateway, "tidegate_hub_subscriptions") == 0
    client = connect(gateway)
    assert client.connect("c", clean=False, expiry=100) == 0
    assert not client.session_present


def test_disconnect_may_end_the_session(gateway, connect):
    client = connect(gateway)
    assert client.connect("c", clean=False, expiry=60) == 0
    client.send(packet(0xE0, b"\0\5\x11\0\0\0\0"))
    assert client.reason_of_close() is None
    client = connect(gateway)
    assert client.connect("c", clean=False, expiry=60) == 0
    assert not client.session_present


def test_a_client_beyond_the_limit_is_let_in_without_a_session(site, connect):
    gateway = site.gateway(mqtt="max_sessions = 1")
    gateway.start()
    first, second = connect(gateway), connect(gateway)
    assert first.connect("first", clean=False, expiry=60) == 0
    second.send(packet(0x10, text("MQTT") + b"\5\0\0\x3c\5\x11\0\0\0\x3c" + text("second")))
    kind, body = second.receive()
    assert (kind, body[:2]) == (2, b"\0\0")
    assert b"\x11\0\0\0\0" in body, "its session ends with the connection"
    publish_once(second, "sensors/a", "x", 7)


def test_qos_1_for_a_client_that_is_away_is_counted(gateway, connect):
    client, publisher = connect(gateway), connect(gateway)
    assert publisher.connect("p") == 0
    assert client.connect("c", clean=False, expiry=60) == 0
    subscribed(client)
    client.send(packet(0xE0))
    assert client.reason_of_close() is None
    publisher.publish("sensors/a", "x", 1, qos=1)
    assert take_one(publisher, PUBACK) == 1
    publish_once(publisher, "sensors/a", "y", 2)
    assert dropped(gateway, "absent") == 1
    client = connect(gateway)
    assert client.connect("c", clean=False, expiry=60) == 0
    kind, body = client.receive()
    assert (kind, body[-1:]) == (PUBLISH, b"y")
