"""Clients that others wrote talk to the gateway, and what they say arrives as they said it."""

import base64

import paho.mqtt.client as paho
import pytest
from programs import BUILD
from site_of_test import run

VERSIONS = {"3.1.1": ("mqttv311", paho.MQTTv311, 4), "5.0": ("mqttv5", paho.MQTTv5, 5)}


def arrived(way):
    """(topic, payload bytes, qos, retain) of all records, in order, once everything is delivered."""
    gateway, collector = way
    gateway.wait_until_delivered()
    return [(one["topic"], payload_of(one), one["qos"], one["retain"]) for one in collector.records()]


def payload_of(record):
    if "payload_base64" in record:
        return base64.b64decode(record["payload_base64"])
    return record["payload"].encode()


def test_a_stream_that_the_collector_does_not_have_is_not_counted_as_empty(way):
    _, collector = way
    for command in ("count", "export"):
        done = run(BUILD / "bin/tidegate-collector", command, "--db", collector.database, "--stream", "nope")
        assert (done.returncode, done.stdout) == (1, "")
        assert 'has no stream "nope"' in done.stderr
    assert collector.ask("count") == "0\n"


def mosquitto(program, gateway, *arguments, **options):
    return run(program, "-h", "127.0.0.1", "-p", gateway.ports["mqtt"], *arguments, **options)


@pytest.mark.parametrize("version", VERSIONS)
def test_mosquitto_pub_is_acknowledged_and_delivered(way, version):
    done = mosquitto("mosquitto_pub", way[0], "-V", VERSIONS[version][0], "-q", "1", "-t", "sensors/a", "-m", "21.50")
    assert done.returncode == 0, done.stderr
    assert arrived(way) == [("sensors/a", b"21.50", 1, False)]


@pytest.mark.parametrize("version", VERSIONS)
def test_mosquitto_pub_keeps_the_retain_flag_and_empty_payloads(way, version):
    done = mosquitto("mosquitto_pub", way[0], "-V", VERSIONS[version][0], "-q", "1", "-r", "-n", "-t", "sensors/a")
    assert done.returncode == 0, done.stderr
    assert arrived(way) == [("sensors/a", b"", 1, True)]


def test_a_large_binary_payload_arrives_byte_for_byte(way, tmp_path):
    payload = bytes(range(256)) * 800
    (tmp_path / "payload").write_bytes(payload)
    done = mosquitto("mosquitto_pub", way[0], "-q", "1", "-t", "sensors/blob", "-f", tmp_path / "payload")
    assert done.returncode == 0, done.stderr
    assert arrived(way) == [("sensors/blob", payload, 1, False)]


def test_lines_of_mosquitto_pub_at_qos_0_are_delivered_too(way):
    lines = [f"line {i}" for i in range(50)]
    done = mosquitto("mosquitto_pub", way[0], "-q", "0", "-t", "sensors/a", "-l", input="\n".join(lines) + "\n")
    assert done.returncode == 0, done.stderr
    way[0].wait_for_status(lambda s: s["streams"][0]["next"] == len(lines), "QoS 0 is durable within its second")
    assert [payload.decode() for _, payload, _, _ in arrived(way)] == lines


@pytest.mark.parametrize("version", VERSIONS)
def test_paho_python_sees_each_message_acknowledged(way, version):
    protocol = VERSIONS[version][1]
    client = paho.Client(client_id="paho", protocol=protocol)
    client.connect("127.0.0.1", way[0].ports["mqtt"])
    client.loop_start()
    try:
        sent = [client.publish("sensors/paho", str(i), qos=1) for i in range(200)]
        for one in sent:
            one.wait_for_publish(10)
            assert one.is_published()
    finally:
        client.disconnect()
        client.loop_stop()
    assert [payload for _, payload, _, _ in arrived(way)] == [str(i).encode() for i in range(200)]


@pytest.mark.parametrize("version", VERSIONS)
def test_paho_cpp_sees_each_message_acknowledged(way, version):
    client = BUILD / "tests/peers/paho_client"
    if not client.exists():
        pytest.skip("Paho C++ is not installed")
    done = run(client, f"tcp://127.0.0.1:{way[0].ports['mqtt']}", "cpp", VERSIONS[version][2], "sensors/cpp", 50)
    assert done.returncode == 0, done.stderr
    assert [payload for _, payload, _, _ in arrived(way)] == [str(i).encode() for i in range(50)]
