"""MQTT in, a real Apache Kafka out, read back by kcat: nothing that was acknowledged is lost, whatever is killed or cut;
a double is known by its id, and first occurrences of a device are in order. TIDEGATE_SOAK=1: the long version."""

import os
import random
import subprocess
import threading

import paho.mqtt.client as mqtt
import pytest

import kafka
from programs import free_port, wait_until

SEED = 20260103
DEVICES = 20
SHORT = {"messages": 4_000, "gateway_kills": 2, "kafka_kills": 1, "cuts": 1}
LONG = {"messages": 100_000, "gateway_kills": 10, "kafka_kills": 3, "cuts": 5}
PLAN = LONG if os.environ.get("TIDEGATE_SOAK") else SHORT


@pytest.fixture(name="kafka_site")
def kafka_site_fixture(site):
    """Skips where Kafka cannot run; a JVM that a test started ends with the site."""
    reason = kafka.why_not()
    if reason:
        pytest.skip(reason)
    return site


def make_kafka(site, **options):
    broker = kafka.Kafka(site.directory, **options)
    site.programs.append(broker)
    return broker


def upstream(port, more="tls = false"):
    return f'kafka = "127.0.0.1:{port}"\ntopic = "plant.{{1}}"\nkey = "{{2}}"\n{more}'


class Sensors:
    """Debian's paho publishes numbered messages at QoS 1 through one session a device; what was acknowledged is noted."""

    def __init__(self, port, messages):
        self.acknowledged = {f"d{i}": set() for i in range(DEVICES)}
        self.each = messages // DEVICES
        self._clients = []
        for device in self.acknowledged:
            client = mqtt.Client(client_id=device, clean_session=False)
            client.max_inflight_messages_set(10)
            client.reconnect_delay_set(1, 1)
            # paho counts its packet identifiers from 1, so they say which message it was.
            client.on_publish = lambda _, __, mid, device=device: self.acknowledged[device].add(mid - 1)
            client.connect_async("127.0.0.1", port)
            client.loop_start()
            self._clients.append((device, client))

    def publish(self, first, last):
        """Numbers first to last of every device."""
        for number in range(first, last):
            for device, client in self._clients:
                client.publish(f"sensors/{device}", f"{device}:{number}", qos=1)

    def count(self):
        return sum(len(one) for one in self.acknowledged.values())

    def close(self):
        for _, client in self._clients:
            client.disconnect()
            client.loop_stop()


def check(records, sensors):
    """The promise, read from Kafka. How many messages were there twice."""
    first, doubles = {}, 0
    for partition, key, payload, headers in records:
        device, number = payload.split(":")
        assert key == device and headers["topic"] == f"sensors/{device}"
        assert headers["id"].startswith("gateway-of-the-test/sensors/")
        if headers["id"] in first:
            assert first[headers["id"]] == (partition, payload), "one id, one message"
            doubles += 1
            continue
        first[headers["id"]] = (partition, payload)
    offsets, numbers = {}, {device: set() for device in sensors.acknowledged}
    for identity, (_, payload) in first.items():
        device, number = payload.split(":")
        offset = int(identity.rpartition("/")[2])
        assert offset > offsets.get(device, -1), f"{device} is out of order at {identity}"
        offsets[device] = offset
        numbers[device].add(int(number))
    for device, acknowledged in sensors.acknowledged.items():
        assert acknowledged <= numbers[device], f"{device} lost {sorted(acknowledged - numbers[device])[:5]}"
    return doubles


def test_nothing_is_lost_when_gateway_kafka_and_link_fail_in_turn(kafka_site):
    broker = make_kafka(kafka_site)
    relay = kafka_site.relay(broker.outside)
    broker.advertise(relay.port)
    broker.start()
    gateway = kafka_site.gateway(relay.port, upstream=upstream(relay.port))
    gateway.start()
    faults = [lambda: (gateway.kill(), gateway.start())] * PLAN["gateway_kills"]
    faults += [lambda: (broker.kill(), broker.start())] * PLAN["kafka_kills"]
    faults += [lambda: (relay.cut(), wait_until(relay.is_idle, "the link is down"), relay.restore())] * PLAN["cuts"]
    random.Random(SEED).shuffle(faults)
    sensors = Sensors(gateway.ports["mqtt"], PLAN["messages"])
    try:
        step = sensors.each // (len(faults) + 1)
        sensors.publish(0, step)
        for place, fault in enumerate(faults, 1):
            publisher = threading.Thread(target=sensors.publish, args=(place * step, (place + 1) * step))
            publisher.start()
            wait_until(lambda: sensors.count() >= place * step * DEVICES - step * DEVICES // 2, "half of it", 60)
            fault()
            publisher.join()
        total = step * (len(faults) + 1) * DEVICES
        wait_until(lambda: sensors.count() == total, f"all {total} acknowledged", 120)
        gateway.wait_until_delivered(120)
    finally:
        sensors.close()
    assert gateway.stop() == 0
    doubles = check(broker.records("plant.sensors"), sensors)
    print(f"kafka: acknowledged={total} lost=0 doubles={doubles} reordered=0")


def openssl(*words, cwd):
    subprocess.run(["openssl", *words], check=True, capture_output=True, cwd=cwd)


def make_certificates(place):
    """ca.pem; and for the broker (localhost) and the gateway (gw) NAME.key, NAME.pem and both in NAME.both.pem."""
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-days", "2",
            "-subj", "/CN=test CA", cwd=place)
    for name in ("localhost", "gw"):
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key", "-out", "request", "-subj", f"/CN={name}",
                cwd=place)
        (place / "extensions").write_text(f"subjectAltName=DNS:{name}\n")
        openssl("x509", "-req", "-in", "request", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2",
                "-extfile", "extensions", "-out", f"{name}.pem", cwd=place)
        (place / f"{name}.both.pem").write_text((place / f"{name}.key").read_text() + (place / f"{name}.pem").read_text())


def sasl_settings(mechanism, module, place):
    return f"""
listener.name.outside.sasl.enabled.mechanisms={mechanism}
listener.name.outside.{mechanism.lower()}.sasl.jaas.config=org.apache.kafka.common.security.{module};
listener.name.outside.ssl.keystore.type=PEM
listener.name.outside.ssl.keystore.location={place}/localhost.both.pem
"""


def test_tls_and_scram(kafka_site):
    place = kafka_site.directory
    make_certificates(place)
    broker = make_kafka(kafka_site, protocol="SASL_SSL", host="localhost",
                        more=sasl_settings("SCRAM-SHA-512", "scram.ScramLoginModule required", place))
    broker.format("--add-scram", "SCRAM-SHA-512=[name=gw,password=open-sesame]")
    broker.start()
    (place / "password").write_text("wrong\n")
    more = f'ca = "{place}/ca.pem"\nsasl = "SCRAM-SHA-512"\nuser = "gw"\npassword_file = "{place}/password"'
    text = upstream(broker.outside, more).replace("127.0.0.1", "localhost")
    gateway = kafka_site.gateway(upstream=text)
    gateway.start()
    gateway.wait_for_status(lambda s: "password_file" in s["upstreams"][0]["state"], "the user is refused")
    gateway.stop()
    (place / "password").write_text("open-sesame\n")
    gateway.start()
    sensors = Sensors(gateway.ports["mqtt"], DEVICES)
    sensors.publish(0, 1)
    wait_until(lambda: sensors.count() == DEVICES, "acknowledged")
    gateway.wait_until_delivered()
    sensors.close()
    assert check(broker.records("plant.sensors"), sensors) == 0
    # The certificate is for localhost alone: by another name it is refused.
    gateway.stop()
    other = kafka_site.gateway(upstream=upstream(broker.outside, more), path=place / "other")
    other.start()
    other.wait_for_status(lambda s: "certificate" in s["upstreams"][0]["state"], "the certificate is refused")


def test_plain_with_a_client_certificate_and_a_topic_that_the_user_may_not_write(kafka_site):
    place = kafka_site.directory
    make_certificates(place)
    plain = 'plain.PlainLoginModule required user_gw="open-sesame"'
    broker = make_kafka(kafka_site, protocol="SASL_SSL", host="localhost", more=sasl_settings("PLAIN", plain, place) + f"""
listener.name.outside.ssl.client.auth=required
listener.name.outside.ssl.truststore.type=PEM
listener.name.outside.ssl.truststore.location={place}/ca.pem
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS
""")
    broker.start()
    for topic in ("plant.good", "plant.secret"):
        broker.create_topic(topic)
    broker.allow("gw", "plant.good")
    (place / "password").write_text("open-sesame\n")
    common = f'ca = "{place}/ca.pem"\nsasl = "PLAIN"\nuser = "gw"\npassword_file = "{place}/password"'
    text = f'kafka = "localhost:{broker.outside}"\ntopic = "plant.{{2}}"\nkey = "{{2}}"\n'
    gateway = kafka_site.gateway(upstream=text + common)
    gateway.start()
    gateway.wait_for_status(lambda s: "certificate" in s["upstreams"][0]["state"], "a certificate is asked for")
    gateway.stop()
    gateway = kafka_site.gateway(upstream=text + common + f'\ncert = "{place}/gw.pem"\nkey_file = "{place}/gw.key"')
    gateway.start()
    client = mqtt.Client(client_id="d0")
    client.connect("127.0.0.1", gateway.ports["mqtt"])
    client.loop_start()
    for number in range(30):
        client.publish("sensors/secret" if number % 10 == 5 else "sensors/good", f"d0:{number}", qos=1)
    gateway.wait_for_status(lambda s: s["dead_letter"]["parked"] == 3, "what may not be written is parked")
    gateway.wait_until_delivered()
    client.loop_stop()
    arrived = [payload for _, _, payload, _ in broker.records("plant.good")]
    assert list(dict.fromkeys(arrived)) == [f"d0:{number}" for number in range(30) if number % 10 != 5]
    assert broker.records("plant.secret") == []


def test_what_kafka_refuses_for_good_is_parked_and_the_rest_arrives(kafka_site):
    broker = make_kafka(kafka_site)
    broker.start()
    broker.create_topic("plant.sensors", "max.message.bytes=20000")
    gateway = kafka_site.gateway(upstream=upstream(broker.outside))
    gateway.start()
    client = mqtt.Client(client_id="d0")
    done = []
    client.on_publish = lambda *_: done.append(1)
    client.connect("127.0.0.1", gateway.ports["mqtt"])
    client.loop_start()
    for number in range(50):
        filler = os.urandom(30_000).hex() if number in (7, 30) else ""
        client.publish("sensors/d0", f"d0:{number}{filler}", qos=1)
    wait_until(lambda: len(done) == 50, "acknowledged")
    gateway.wait_until_delivered()
    client.loop_stop()
    payloads = [payload for _, _, payload, _ in broker.records("plant.sensors")]
    first = list(dict.fromkeys(payloads))
    assert first == [f"d0:{number}" for number in range(50) if number not in (7, 30)]
    assert gateway.status()["dead_letter"]["parked"] == 2
    gateway.kill()
    gateway.start()
    assert gateway.status()["dead_letter"]["parked"] == 2, "parked is durable"
