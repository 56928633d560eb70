"""A gateway that crashes again and again lasts at last: it takes in and keeps, and carries nothing upstream."""

import urllib.error
import urllib.request

import pytest
from site_of_test import tidegate


@pytest.fixture(name="collector")
def collector_fixture(site):
    collector = site.collector()
    collector.start()
    return collector


@pytest.fixture(name="gateway")
def gateway_fixture(site, collector):
    """Started, and counting crashes as it does by default."""
    gateway = site.gateway(collector.port, gateway="")
    gateway.start()
    return gateway


def crash(gateway, times):
    for _ in range(times):
        gateway.kill()
        gateway.start()


def publish(gateway, connect, payloads):
    client = connect(gateway)
    assert client.connect("sensor") == 0
    for number, payload in enumerate(payloads, start=1):
        client.publish("sensors/t", payload, number)
        assert client.receive_acknowledgement() == number


def ask(gateway, command):
    return tidegate(command, "--control", f"127.0.0.1:{gateway.ports['control']}")


def post(gateway, headers):
    """The HTTP status of a POST to /resume."""
    request = urllib.request.Request(f"http://127.0.0.1:{gateway.ports['control']}/resume", data=b"", headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def test_after_three_crashes_it_takes_in_delivers_nothing_and_goes_on_when_told(gateway, collector, connect):
    crash(gateway, 3)
    publish(gateway, connect, ["1", "2", "3"])

    status = gateway.status()
    assert status["parked"] is True
    assert (status["streams"][0]["backlog_records"], status["upstreams"]) == (3, [])
    with pytest.raises(urllib.error.HTTPError) as unready:
        gateway.get("/readyz")
    assert unready.value.code == 503
    assert "parked after three crashes" in unready.value.read().decode()
    assert "tidegate_gateway_parked 1" in gateway.get("/metrics")
    shown = ask(gateway, "status").stdout
    assert "NOT READY: parked after three crashes" in shown and "run tidegate resume" in shown
    assert "gateway.parked" in gateway.log()
    assert collector.records() == []

    resumed = ask(gateway, "resume")
    assert (resumed.returncode, resumed.stdout) == (0, "resumed: what is stored is carried upstream again\n")
    gateway.wait_until_delivered()
    assert [record["payload"] for record in collector.records()] == ["1", "2", "3"]
    assert gateway.status()["parked"] is False
    assert gateway.get("/readyz") == "ready\n"
    assert ask(gateway, "resume").stdout == "nothing is parked: the routes run\n"


def test_a_page_in_a_browser_cannot_resume_it(gateway):
    crash(gateway, 3)
    assert post(gateway, {"Content-Type": "text/plain"}) == 403
    assert post(gateway, {"Tidegate-Request": "1", "Host": "rebound.example"}) == 403
    assert gateway.status()["parked"] is True
    assert post(gateway, {"Tidegate-Request": "1"}) == 200
    assert gateway.status()["parked"] is False


def test_another_crash_leaves_it_parked_and_a_clean_stop_forgets(gateway, collector, connect):
    crash(gateway, 4)
    assert gateway.status()["parked"] is True
    publish(gateway, connect, ["1"])
    assert gateway.stop() == 0
    gateway.start()
    assert gateway.status()["parked"] is False
    gateway.wait_until_delivered()
    assert len(collector.records()) == 1
    crash(gateway, 2)
    assert gateway.status()["parked"] is False, "three are needed again"


def test_a_start_that_fails_is_no_crash(site, gateway):
    """Another program has its port for a while, as at an upgrade that goes wrong."""
    gateway.stop()
    other = site.gateway(path=site.directory / "other")
    other.config.write_text(gateway.config.read_text().replace(str(site.directory / "store"),
                                                               str(site.directory / "other")))
    other.start()
    for _ in range(4):
        gateway.start_process([*gateway.process.args])
        assert gateway.wait(20) == 1
    other.stop()
    gateway.start()
    assert gateway.status()["parked"] is False
