"""Local publish and subscribe, with clients that others wrote."""

import subprocess

import pytest
from programs import BUILD, wait_until
from subscriber import PahoClient
from test_peers import VERSIONS, mosquitto
from wire import PUBLISH, SUBACK, packet, subscribe_packet, text

SHARED_NOT_SUPPORTED = 0x9E
RELUCTANT_SOCKET = BUILD / "tests/peers/reluctant_socket.so"
BOTH = pytest.mark.parametrize("version", [4, 5])


@pytest.fixture(name="gateway")
def gateway_fixture(site):
    """A gateway with no upstream; it delivers locally all the same."""
    gateway = site.gateway()
    gateway.start()
    return gateway


@pytest.fixture(name="client")
def client_fixture(gateway):
    """client(name, version, **options) makes a PahoClient, ended when the test is over."""
    made = []

    def make(name, version=5, **options):
        made.append(PahoClient(gateway.ports["mqtt"], name, version, **options))
        return made[-1]
    yield make
    for one in made:
        one.end()


def metric(gateway, name):
    """A figure of /metrics, by its name and labels as they are written there; 0 if it is not there."""
    lines = [line.rpartition(" ") for line in gateway.get("/metrics").splitlines()]
    return sum(float(value) for one, _, value in lines if one == name)


def dropped(gateway, reason):
    return metric(gateway, f'tidegate_hub_dropped_messages_total{{reason="{reason}"}}')


@pytest.mark.parametrize("version", VERSIONS)
def test_mosquitto_sub_gets_what_its_wildcards_match(gateway, version):
    command = ["mosquitto_sub", "-h", "127.0.0.1", "-p", gateway.ports["mqtt"], "-V", VERSIONS[version][0], "-q", "1",
               "-t", "sensors/+/temperature", "-t", "house/#", "-v", "-C", "4", "-W", "20"]
    with subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE, text=True) as subscriber:
        wait_until(lambda: metric(gateway, "tidegate_hub_subscriptions") == 2, "it has subscribed")
        for topic in ("sensors/1/temperature", "sensors/1/humidity", "house", "sensors/1/2/temperature",
                      "house/a/b", "$SYS/house", "sensors/2/temperature"):
            done = mosquitto("mosquitto_pub", gateway, "-V", VERSIONS[version][0], "-q", "1", "-t", topic, "-m", topic)
            assert done.returncode == 0, done.stderr
        out, _ = subscriber.communicate(timeout=20)
    assert out.split("\n")[:-1] == [f"{topic} {topic}" for topic in
                                    ("sensors/1/temperature", "house", "house/a/b", "sensors/2/temperature")]


@BOTH
def test_messages_come_at_the_lower_qos(client, version):
    subscriber, publisher = client("subscriber", version), client("publisher", version)
    assert subscriber.subscribe(("zero", 0), ("one", 1), ("two", 2)) == [0, 1, 2]
    for topic in ("zero", "one", "two"):
        for qos in range(3):
            publisher.publish(topic, topic, qos=qos)
    publisher.publish("two", "end", qos=2)
    subscriber.payloads_until("end")
    assert [(m.topic, m.qos) for m in subscriber.messages[:-1]] == [
        ("zero", 0), ("zero", 0), ("zero", 0), ("one", 0), ("one", 1), ("one", 1), ("two", 0), ("two", 1), ("two", 2)]


@BOTH
def test_a_thousand_messages_come_in_order(client, version):
    subscriber, publisher = client("subscriber", version), client("publisher", version)
    subscriber.subscribe(("sensors/#", 1))
    for i in range(1000):
        publisher.publish("sensors/a", str(i), qos=0)
    publisher.publish("sensors/a", "end")
    assert subscriber.payloads_until("end") == [str(i) for i in range(1000)]


@BOTH
def test_a_retained_message_is_set_replaced_and_cleared(client, version):
    publisher = client("publisher", version)
    publisher.publish("state/a", "old", retain=True)
    publisher.publish("state/a", "new", retain=True)
    publisher.publish("state/b", "other", qos=0, retain=True)
    publisher.publish("state/b", "not retained")
    first = client("first", version)
    first.subscribe(("state/+", 1))
    publisher.publish("state/end", "end")
    first.payloads_until("end")
    assert sorted((m.topic, m.payload, m.qos, m.retain) for m in first.messages) == [
        ("state/a", b"new", 1, True), ("state/b", b"other", 0, True), ("state/end", b"end", 1, False)]
    publisher.publish("state/a", "", retain=True)
    wait_until(lambda: ("state/a", b"", False) in [(m.topic, m.payload, m.retain) for m in first.messages],
               "who is there gets the empty message as any other")
    second = client("second", version)
    second.subscribe(("state/+", 1))
    publisher.publish("state/end", "end")
    assert second.payloads_until("end") == ["other"]


def test_retained_messages_that_its_socket_did_not_take_at_once_reach_a_subscriber_too(site, connect):
    """The hub is told that the socket is full, which is then ready before the same turn of the reactor ends. Nobody
    publishes anything else that would wake the connection."""
    if not RELUCTANT_SOCKET.exists():
        pytest.skip(f"{RELUCTANT_SOCKET} is not built, as under a sanitizer")
    gateway = site.gateway()
    gateway.start(["env", f"LD_PRELOAD={RELUCTANT_SOCKET}"])
    publisher = connect(gateway, version=4)
    assert publisher.connect("publisher") == 0
    for number in range(1, 11):
        publisher.send(packet(0x33, text(f"large/{number}") + number.to_bytes(2, "big") + bytes(100_000)))
        assert publisher.receive_acknowledgement() == number
    subscriber = connect(gateway, version=4)
    assert subscriber.connect("subscriber") == 0
    subscriber.send(subscribe_packet("large/#", qos=0, version=4))
    assert [subscriber.receive()[0] for _ in range(11)] == [SUBACK] + 10 * [PUBLISH]


def test_retain_handling_chooses_when_retained_messages_come(client):
    publisher, subscriber = client("publisher"), client("subscriber")
    publisher.publish("state", "kept", retain=True)

    def got(handling):
        before = len(subscriber.messages)
        subscriber.subscribe(("state", {"qos": 1, "retainHandling": handling}))
        publisher.publish("state", f"end {handling} {before}")
        return subscriber.payloads_until(f"end {handling} {before}")[before:]
    assert got(2) == []
    assert got(1) == [], "the subscription is not new"
    assert got(0) == ["kept"]
    subscriber.unsubscribe("state")
    assert got(1) == ["kept"], "now it is"


def test_the_retain_flag_stays_as_published_where_it_is_asked_for(client):
    publisher, subscriber = client("publisher"), client("subscriber")
    subscriber.subscribe(("as-published/#", {"qos": 1, "retainAsPublished": True}), ("plain/#", 1))
    publisher.publish("as-published/a", "x", retain=True)
    publisher.publish("plain/a", "x", retain=True)
    publisher.publish("plain/a", "end")
    subscriber.payloads_until("end")
    assert [(m.topic, m.retain) for m in subscriber.messages] == [
        ("as-published/a", True), ("plain/a", False), ("plain/a", False)]


def test_no_local_spares_a_client_its_own_messages(client):
    chat, other = client("chat"), client("other")
    chat.subscribe(("room", {"qos": 1, "noLocal": True}))
    chat.publish("room", "my own")
    other.publish("room", "somebody else's")
    other.publish("room", "end")
    assert chat.payloads_until("end") == ["somebody else's"]


def test_overlapping_subscriptions_are_one_copy_with_all_identifiers(client):
    publisher, subscriber = client("publisher"), client("subscriber")
    subscriber.subscribe(("a/#", 0), identifier=7)
    subscriber.subscribe(("a/+", 1), identifier=300)
    publisher.publish("a/b", "x")
    publisher.publish("a", "end")
    assert subscriber.payloads_until("end") == ["x"]
    message = subscriber.messages[0]
    assert message.qos == 1
    assert sorted(message.properties.SubscriptionIdentifier) == [7, 300]


def test_properties_go_on_to_5_and_not_to_311(client):
    publisher, new, old = client("publisher"), client("new", 5), client("old", 4)
    new.subscribe(("a", 1))
    old.subscribe(("a", 1))
    publisher.publish("a", "x", ContentType="text/plain", UserProperty=("k", "v"), MessageExpiryInterval=1000,
                      ResponseTopic="r/t", CorrelationData=b"\x00\xff")
    wait_until(lambda: new.messages and old.messages, "both have it")
    properties = new.messages[0].properties
    assert (properties.ContentType, properties.UserProperty) == ("text/plain", [("k", "v")])
    assert 990 <= properties.MessageExpiryInterval <= 1000
    assert (properties.ResponseTopic, properties.CorrelationData) == ("r/t", b"\x00\xff")
    assert old.messages[0].payload == b"x"


@BOTH
def test_unsubscribed_is_not_delivered_any_more(client, version):
    subscriber, publisher = client("subscriber", version), client("publisher", version)
    subscriber.subscribe(("a", 1), ("b", 1))
    publisher.publish("a", "before")
    subscriber.payloads_until("before")
    subscriber.unsubscribe("a", "never there")
    publisher.publish("a", "after")
    publisher.publish("b", "end")
    assert subscriber.payloads_until("end") == ["before"]


@BOTH
def test_a_will_is_delivered_when_its_client_vanishes(gateway, client, connect, version):
    subscriber = client("subscriber", version)
    subscriber.subscribe(("will/#", 1))
    sensor = connect(gateway, version=version)
    assert sensor.connect("sensor", will=("will/sensor", "gone")) == 0
    sensor.close()
    wait_until(lambda: subscriber.messages, "the will arrives")
    assert (subscriber.messages[0].topic, subscriber.messages[0].payload) == ("will/sensor", b"gone")


def test_a_retained_will_is_there_for_those_who_come_later(gateway, connect, client):
    client("sensor", will=("will/sensor", "gone", 1, True))
    takes_over = connect(gateway)
    assert takes_over.connect("sensor") == 0
    wait_until(lambda: metric(gateway, "tidegate_hub_retained_messages") == 1, "the will is retained")
    subscriber = client("subscriber")
    subscriber.subscribe(("will/sensor", 1))
    wait_until(lambda: subscriber.messages, "it is delivered")
    assert subscriber.messages[0].retain


@BOTH
def test_a_shared_subscription_is_refused_and_the_others_of_its_packet_are_not(client, version):
    subscriber = client("subscriber", version)
    assert subscriber.subscribe(("$share/group/a", 1), ("b", 1)) == [SHARED_NOT_SUPPORTED if version == 5 else 0x80, 1]
    subscriber.publish("b", "x")
    wait_until(lambda: subscriber.messages, "the other works")


@BOTH
def test_subscriptions_end_with_their_connection_also_when_it_is_taken_over(gateway, client, connect, version):
    first = connect(gateway, version=version)
    assert first.connect("same") == 0
    first.send(subscribe_packet("a", version=version))
    assert first.receive()[0] == SUBACK
    second = client("same", version, clean=False)
    assert not second.session_present
    assert first.reason_of_close() == (0x8E if version == 5 else None)
    assert metric(gateway, "tidegate_hub_subscriptions") == 0
    second.publish("a", "not for it")
    second.subscribe(("a", 1))
    second.publish("a", "end")
    assert second.payloads_until("end") == []


def test_retained_messages_come_after_the_suback(gateway, client, connect):
    client("publisher").publish("state", "kept", retain=True)
    subscriber = connect(gateway)
    assert subscriber.connect("subscriber") == 0
    subscriber.send(subscribe_packet("state"))
    assert [subscriber.receive()[0] for _ in range(2)] == [SUBACK, PUBLISH]


@BOTH
def test_more_retained_messages_than_a_queue_holds_all_arrive(site, version):
    gateway = site.gateway(mqtt="max_queued = 10")
    gateway.start()
    publisher = PahoClient(gateway.ports["mqtt"], "publisher", version)
    subscriber = PahoClient(gateway.ports["mqtt"], "subscriber", version)
    try:
        for i in range(2500):
            publisher.publish(f"state/{i}", "x" * 100, retain=True)
        subscriber.subscribe(("state/+", 1))
        wait_until(lambda: len(subscriber.messages) == 2500, "all of them")
        assert {message.qos for message in subscriber.messages} == {1}
        assert len({message.topic for message in subscriber.messages}) == 2500
    finally:
        publisher.end()
        subscriber.end()


def test_a_subscriber_that_reads_late_gets_all_that_is_retained(gateway, client, connect):
    publisher = client("publisher")
    for i in range(100):
        publisher.publish(f"state/{i}", "x" * 80_000, retain=True)
    late = connect(gateway, receive_buffer=32_768)  # what it leaves unread must stay with the gateway
    assert late.connect("late") == 0
    late.send(subscribe_packet("state/+", qos=0))
    assert late.receive()[0] == SUBACK

    def delivered():
        return metric(gateway, "tidegate_hub_delivered_messages_total")
    before, now = -1, delivered()
    while before != now:
        publisher.publish("other", "x")  # a turn of the reactor
        before, now = now, delivered()
    assert now < 100, "the rest waits"
    assert [late.receive()[0] for _ in range(100)] == [PUBLISH] * 100


def resident_bytes(gateway):
    with open(f"/proc/{gateway.process.pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmRSS"))


def test_a_subscriber_that_never_reads_costs_a_bounded_memory_and_delays_nobody(gateway, client, connect):
    slow = connect(gateway)
    assert slow.connect("slow") == 0
    slow.send(subscribe_packet("flood/#", qos=1) + subscribe_packet("trickle/#", packet_id=2, qos=0))
    wait_until(lambda: metric(gateway, "tidegate_hub_subscriptions") == 2, "it has subscribed")
    quick, publisher = client("quick"), connect(gateway)
    quick.subscribe(("flood/end", 1))
    assert publisher.connect("publisher") == 0

    def flood(count):
        for begin in range(0, count, 200):
            for i in range(200):
                publisher.publish("flood/a", b"x" * 4000, packet_id=begin % 50_000 + i + 1)
                publisher.publish("trickle/a", b"x" * 4000, qos=0)
            for _ in range(200):
                publisher.receive_acknowledgement()
    flood(4000)  # 32 MB: more than the kernel's buffers and the queue hold
    wait_until(lambda: dropped(gateway, "queue_full") > 0 and dropped(gateway, "qos0_behind") > 0, "it is behind")
    before = resident_bytes(gateway)
    flood(4000)
    assert resident_bytes(gateway) - before < 8e6
    assert metric(gateway, "tidegate_hub_queued_bytes") <= 1 << 20
    publisher.publish("flood/end", "end")
    publisher.receive_acknowledgement()
    wait_until(lambda: quick.messages, "others get theirs")
    slow.close()
    wait_until(lambda: metric(gateway, "tidegate_hub_queued_messages") == 0, "its queue ends with it")


def test_what_is_delivered_locally_goes_upstream_as_before(site):
    collector = site.collector()
    collector.start()
    gateway = site.gateway(collector.port)
    gateway.start()
    subscriber = PahoClient(gateway.ports["mqtt"], "subscriber")
    try:
        subscriber.subscribe(("#", 1))
        subscriber.publish("sensors/a", "for both")
        subscriber.publish("local/a", "stays local")
        wait_until(lambda: len(subscriber.messages) == 2, "both are delivered")
        gateway.wait_until_delivered()
        assert [one["payload"] for one in collector.records()] == ["for both"]
    finally:
        subscriber.end()
