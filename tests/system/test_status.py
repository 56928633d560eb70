"""What the gateway tells of itself."""

import re
import urllib.error

import pytest
from site_of_test import tidegate

SAMPLE = re.compile(r'[a-z_:][a-z0-9_:]*(\{([a-z_]+="(\\.|[^"\\])*",?)*\})? [-+0-9.eEInfNa]+$')


@pytest.fixture(name="gateway")
def gateway_fixture(site):
    gateway = site.gateway()
    gateway.start()
    return gateway


def publish_all(client, topics):
    for number, topic in enumerate(topics, start=1):
        client.publish(topic, "x", number)
        assert client.receive_acknowledgement() == number


def test_topics_that_no_stream_matches_are_counted_and_named(gateway, connect):
    client = connect(gateway)
    assert client.connect("a") == 0
    publish_all(client, ["attic/a"] * 3 + ["attic/b"] * 2 + ["cellar"] + ["sensors/a"])
    unmatched = gateway.status()["unmatched"]
    assert (unmatched["messages"], unmatched["topic_count"]) == (6, 3)
    assert unmatched["topics"][0] == {"topic": "attic/a", "count": 3}
    shown = tidegate("status", "--control", f"127.0.0.1:{gateway.ports['control']}")
    assert shown.returncode == 0, shown.stderr
    assert "6 messages on 3 topics go nowhere" in shown.stdout
    assert "attic/a" in shown.stdout


def test_topics_beyond_those_that_are_counted_by_name_are_not_hidden(gateway, connect):
    client = connect(gateway)
    assert client.connect("a") == 0
    publish_all(client, [f"attic/{number}" for number in range(1_200)])
    shown = tidegate("status", "--control", f"127.0.0.1:{gateway.ports['control']}")
    assert "1,200 messages on more than 1,000 topics go nowhere" in shown.stdout


def test_metrics_are_in_the_text_format_and_count(gateway, connect):
    client = connect(gateway)
    assert client.connect("a") == 0
    publish_all(client, ["sensors/a"] * 5)
    lines = gateway.get("/metrics").splitlines()
    for line in lines:
        assert line.startswith(("# HELP ", "# TYPE ")) or SAMPLE.match(line), line
    named = [line for line in lines if not line.startswith("#")]
    assert len(named) == len({line.rpartition(" ")[0] for line in named}), "a sample is there twice"
    assert all(line.startswith("tidegate_") for line in named)
    assert not any("sensors/a" in line for line in named), "no topic is ever a label"


def test_health_and_readiness_answer(gateway):
    assert gateway.get("/healthz").strip() == "ok"
    gateway.get("/readyz")
    with pytest.raises(urllib.error.HTTPError) as error:
        gateway.get("/nothing")
    assert error.value.code == 404


def test_status_shows_the_backlog_of_an_upstream_that_is_away(gateway, connect):
    client = connect(gateway)
    assert client.connect("a") == 0
    publish_all(client, ["sensors/a"] * 7)
    status = gateway.status()
    assert status["streams"][0]["backlog_records"] == 7
    assert status["upstreams"][0]["state"] != "connected"
    assert status["mqtt"]["acknowledged"] == 7
