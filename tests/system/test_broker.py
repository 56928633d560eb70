"""The gateway as a client of a real mosquitto: what it has acknowledged to it arrives, whoever is killed; what it has no
room for stays there; and it says what is wrong when it is not let in."""

import subprocess

import paho.mqtt.client as paho
import pytest
from mosquitto import Mosquitto, Publisher
from programs import wait_until
from site_of_test import run, tidegate

CLIENT = "tidegate-gateway-of-the-test-home"


@pytest.fixture(name="broker")
def broker_fixture(site):
    return keep(site, Mosquitto(site.directory))


def keep(site, broker):
    site.programs.append(broker)
    return broker


def table(port, more="tls = false", host="127.0.0.1"):
    return f'[broker.home]\nmqtt = "{host}:{port}"\ntopics = ["sensors/#"]\n{more}'


def state_of(gateway, words, seconds=20):
    gateway.wait_for_status(lambda s: words in s["brokers"][0]["state"], f'its state says "{words}"', seconds)


def topics_of(collector):
    return [record["topic"] for record in collector.records()]


def publish(broker, messages):
    """(topic, payload, qos, retain) each, through a client that comes and goes."""
    client = paho.Client(client_id="once")
    client.connect("127.0.0.1", broker.port)
    client.loop_start()
    for message in [client.publish(*message) for message in messages]:
        message.wait_for_publish(10)
    client.disconnect()
    client.loop_stop()


@pytest.fixture(name="load")
def load_fixture(site, broker):
    """A gateway between a broker, to which somebody publishes, and a collector."""
    collector = site.collector()
    collector.start()
    broker.start()
    gateway = site.gateway(collector.port, tables=table(broker.port))
    gateway.start()
    state_of(gateway, "connected")
    publisher = Publisher(broker.port)
    yield gateway, collector, publisher
    publisher.stop()


def finish(gateway, broker, publisher):
    """Ends the load and waits until the last message, which comes after all others, is in the collector."""
    publisher.stop()
    last = max(publisher.acknowledged, key=lambda topic: int(topic.split("/")[1]))
    wait_until(lambda: last in broker.acknowledged_by(CLIENT)[-100:], "the gateway has the last one", 30)
    gateway.wait_until_delivered()


def test_what_a_broker_delivered_arrives_though_it_is_killed_three_times(load, broker):
    gateway, collector, publisher = load
    for _ in range(3):
        broker.wait_until_saved()
        publisher.wait_for(500)
        broker.kill()
        broker.start()
    publisher.wait_for(500)
    finish(gateway, broker, publisher)
    delivered = broker.acknowledged_by(CLIENT)
    assert len(delivered) > 1500
    arrived = set(topics_of(collector))
    assert set(delivered) <= arrived
    assert arrived <= publisher.acknowledged, "nothing is invented"
    assert gateway.log().count("session=resumed") == 3


def test_nothing_is_lost_when_the_gateway_is_killed_with_messages_in_flight(load, broker):
    gateway, collector, publisher = load
    for _ in range(3):
        publisher.wait_for(500)
        gateway.kill()
        gateway.start()
    publisher.wait_for(500)
    finish(gateway, broker, publisher)
    assert set(topics_of(collector)) == publisher.acknowledged


def test_messages_keep_their_order(load, broker):
    gateway, collector, publisher = load
    publisher.wait_for(1000)
    finish(gateway, broker, publisher)
    numbers = [int(topic.split("/")[1]) for topic in topics_of(collector)]
    assert numbers == list(range(1, len(numbers) + 1))


def test_two_tables_with_one_share_split_what_comes(site, broker):
    collector = site.collector()
    collector.start()
    broker.start()
    shared = f'mqtt = "127.0.0.1:{broker.port}"\ntls = false\ntopics = ["$share/halves/sensors/#"]\n'
    gateway = site.gateway(collector.port, tables=f"[broker.left]\n{shared}[broker.right]\n{shared}")
    gateway.start()
    gateway.wait_for_status(lambda s: all("connected" in one["state"] for one in s["brokers"]), "both are connected")
    publish(broker, [(f"sensors/{i}", str(i), 1) for i in range(500)])
    gateway.wait_for_status(lambda s: s["streams"][0]["next"] == 500, "all have come")
    gateway.wait_until_delivered()
    records = collector.records()
    assert sorted(record["topic"] for record in records) == sorted(f"sensors/{i}" for i in range(500))
    for half in ("left", "right"):
        numbers = [int(record["payload"]) for record in records if record["client"] == half]
        assert numbers and numbers == sorted(numbers), half


def test_what_is_larger_than_the_gateway_takes_is_named_and_not_in_the_way(site, broker):
    """More of them than the broker may have under way on one connection."""
    collector = site.collector()
    collector.start()
    broker.start()
    gateway = site.gateway(collector.port, tables=table(broker.port), mqtt='max_message = "1 KiB"')
    gateway.start()
    state_of(gateway, "connected")
    large = [("sensors/large", "x" * (2 << 10), 1)] * 1100
    publish(broker, [("sensors/huge", "x" * (3 << 20), 1), *large, ("sensors/small", "x", 1)])
    gateway.wait_for_status(lambda s: s["streams"][0]["next"] == 1, "what is small has come")
    gateway.wait_until_delivered()
    assert topics_of(collector) == ["sensors/small"]
    assert gateway.log().count("broker.away") == 0, "the connection stays"
    gateway.wait_for_status(lambda s: s["brokers"][0]["acknowledged"] == 1102, "the broker is told of all")
    assert gateway.status()["brokers"][0]["too_large"] == 1101
    assert "broker home: 1,102 received, 1,102 acknowledged, 1,101 lost (larger than mqtt.max_message); connected" in (
        tidegate("status", "--control", f"127.0.0.1:{gateway.ports['control']}").stdout)
    assert "topic=sensors/huge bytes=3145" in gateway.log()


def test_what_finds_no_room_stays_with_the_broker_through_a_stop(site, broker):
    collector = site.collector()
    gateway = site.gateway(collector.port, tables=table(broker.port), mqtt='max_message = "16 KiB"',
                           stream='quota = "64 KiB"\nwhen_full = "refuse"')
    broker.start()
    gateway.start()
    state_of(gateway, "connected")
    publish(broker, [(f"sensors/{i}", "x" * 1000, 1) for i in range(300)])
    state_of(gateway, "no room")
    assert gateway.stop(5) == 0
    held = set(broker.acknowledged_by(CLIENT))
    assert 0 < len(held) < 300
    gateway.start()
    state_of(gateway, "no room")
    collector.start()
    gateway.wait_for_status(lambda s: len(broker.acknowledged_by(CLIENT)) == 300, "it has all")
    gateway.wait_until_delivered()
    assert sorted(topics_of(collector)) == sorted(f"sensors/{i}" for i in range(300))


def test_messages_arrive_as_they_were_published(site, broker):
    collector = site.collector()
    collector.start()
    broker.start()
    gateway = site.gateway(collector.port, tables=table(broker.port))
    publish(broker, [("sensors/kept", "before", 1, True)])
    gateway.start()
    gateway.wait_for_status(lambda s: s["streams"][0]["next"] == 1, "what is retained has come")
    publish(broker, [("sensors/a", "zero", 0), ("sensors/b", "one", 1, True), ("other/c", "not asked for", 1)])
    gateway.wait_for_status(lambda s: s["streams"][0]["next"] == 3, "all have come")
    gateway.wait_until_delivered()
    arrived = [(one["topic"], one["payload"], one["qos"], one["retain"], one["client"]) for one in collector.records()]
    assert arrived == [("sensors/kept", "before", 1, True, "home"), ("sensors/a", "zero", 0, False, "home"),
                       ("sensors/b", "one", 1, True, "home")]


def test_retained_messages_do_not_come_again_when_the_session_is_resumed(site, broker):
    broker.start()
    gateway = site.gateway(tables=table(broker.port))
    publish(broker, [(f"sensors/{i}", "kept", 1, True) for i in range(10)])
    gateway.start()
    gateway.wait_for_status(lambda s: s["brokers"][0]["acknowledged"] == 10, "what is retained has come")
    assert gateway.stop() == 0
    publish(broker, [("sensors/while-away", "x", 1)])
    gateway.start()
    gateway.wait_for_status(lambda s: s["streams"][0]["next"] == 11, "what came meanwhile has come")
    publish(broker, [("sensors/last", "x", 1)])
    gateway.wait_for_status(lambda s: s["streams"][0]["next"] == 12, "and what comes now, but nothing else")
    assert "session=resumed" in gateway.log()


def test_a_broker_that_is_not_there_yet_is_waited_for(site, broker):
    gateway = site.gateway(tables=table(broker.port))
    gateway.start()
    state_of(gateway, "refuses the connection")
    assert gateway.status()["ready"]
    broker.start()
    state_of(gateway, "connected")
    assert 'tidegate_broker_connected{broker="home"} 1' in gateway.get("/metrics")


def test_a_name_that_nobody_knows_is_said(site):
    gateway = site.gateway(tables=table(1883, host="broker.invalid"))
    gateway.start()
    state_of(gateway, "broker.invalid: the name is not known")
    assert gateway.stop(5) == 0


@pytest.mark.parametrize("listen, name", [("127.0.0.1", "127.1"), ("0.0.0.0", "127.0.257")],
                         ids=["loopback", "127.0.1.1, as Debian names a machine"])
def test_a_name_of_the_gateway_itself_is_found_out(listen, name, site):
    gateway = site.gateway()
    gateway.config.write_text(gateway.config.read_text().replace('[mqtt]\nlisten = "127.0.0.1', f'[mqtt]\nlisten = "{listen}'))
    gateway.start()
    gateway.stop()
    with gateway.config.open("a") as config:
        config.write(table(gateway.ports["mqtt"], host=name))
    gateway.start()
    state_of(gateway, "is this gateway's own listener")
    assert gateway.status()["mqtt"]["received"] == 0


def test_a_wrong_password_is_said_and_the_right_one_is_let_in(site):
    users, password = site.directory / "users", site.directory / "password"
    assert run("mosquitto_passwd", "-b", "-c", users, "gw", "tide").returncode == 0
    users.chmod(0o600)
    broker = keep(site, Mosquitto(site.directory, f"allow_anonymous false\npassword_file {users}"))
    broker.start()
    password.write_text("ebb\n")
    gateway = site.gateway(tables=table(broker.port, f'user = "gw"\npassword_file = "{password}"\ntls = false'))
    gateway.start()
    state_of(gateway, "check user and password_file of broker.home")
    password.write_text("tide\n")
    state_of(gateway, "connected")


def certificate(directory, name, subject):
    """Paths of a certificate that signs itself, for this name alone, and of its key."""
    certificate_path, key_path = directory / f"{name}.pem", directory / f"{name}.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-days", "2", "-subj", f"/CN={name}", "-addext", f"subjectAltName={subject}", "-keyout", key_path,
                    "-out", certificate_path], check=True, capture_output=True)
    return certificate_path, key_path


@pytest.mark.parametrize("subject, ca, words", [("IP:127.0.0.1", "right", "connected"),
                                                ("IP:127.0.0.1", "other", "certificate is not accepted"),
                                                ("DNS:elsewhere.example", "right", "certificate is not accepted")],
                         ids=["its own authority", "another authority", "another host"])
def test_tls_wants_a_certificate_of_the_authority_and_for_the_host(site, subject, ca, words):
    pem, key = certificate(site.directory, "right", subject)
    certificate(site.directory, "other", subject)
    broker = keep(site, Mosquitto(site.directory, listener=f"cafile {pem}\ncertfile {pem}\nkeyfile {key}"))
    broker.start()
    gateway = site.gateway(tables=table(broker.port, f'ca = "{site.directory}/{ca}.pem"'))
    gateway.start()
    state_of(gateway, words)
    if words == "connected":
        publish_by_tls = run("mosquitto_pub", "-h", "127.0.0.1", "-p", broker.port, "--cafile", pem, "-q", "1", "-t", "sensors/a",
                             "-m", "x")
        assert publish_by_tls.returncode == 0, publish_by_tls.stderr
        gateway.wait_for_status(lambda s: s["brokers"][0]["acknowledged"] == 1, "it has come and is acknowledged")
        assert gateway.stop(5) == 0


def test_tls_to_a_broker_without_it_says_what_to_set(site, broker):
    broker.start()
    gateway = site.gateway(tables=table(broker.port, ""))
    gateway.start()
    state_of(gateway, "a broker without TLS needs tls = false")
