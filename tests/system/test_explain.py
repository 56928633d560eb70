"""`tidegate explain` beside the gateway that it speaks of."""

import pytest
from site_of_test import tidegate
from wire import PUBLISH, SUBACK, subscribe_packet


@pytest.fixture(name="gateway")
def gateway_fixture(site):
    return site.gateway()


def test_what_is_explained_is_what_the_gateway_does(gateway, connect):
    gateway.start()
    subscriber, client = connect(gateway), connect(gateway)
    assert subscriber.connect("s") == 0
    subscriber.send(subscribe_packet("attic"))
    assert subscriber.receive()[0] == SUBACK
    assert client.connect("a") == 0
    for number, topic in enumerate(["sensors/boiler", "attic"], start=1):
        client.publish(topic, "x", number)
        assert client.receive_acknowledgement() == number
    assert subscriber.receive()[0] == PUBLISH
    status = gateway.status()
    assert (status["streams"][0]["next"], status["unmatched"]["topics"]) == (1, [{"topic": "attic", "count": 1}])

    taken = tidegate("explain", "sensors/boiler", "--config", gateway.config)
    assert (taken.returncode, taken.stderr) == (0, "")
    assert 'stream: sensors, by its filter "sensors/#"' in taken.stdout
    assert "upstream: collector, because" in taken.stdout
    lost = tidegate("explain", "--config", gateway.config, "attic")
    assert lost.returncode == 1
    assert "stream: none" in lost.stdout
    assert "subscribers: every client with a filter that matches" in lost.stdout


@pytest.mark.parametrize("topic", ["sensors/+", "#", ""])
def test_a_topic_that_nobody_can_publish_to_is_refused(gateway, topic):
    refused = tidegate("explain", topic, "--config", gateway.config)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "topic" in refused.stderr


def test_a_configuration_with_faults_is_not_explained(tmp_path):
    (tmp_path / "t.toml").write_text("[mqtt]\nlisten = 1\n")
    faulty = tidegate("explain", "a", "--config", tmp_path / "t.toml")
    assert (faulty.returncode, faulty.stdout) == (78, "")
    assert "t.toml:2:10: mqtt.listen" in faulty.stderr
