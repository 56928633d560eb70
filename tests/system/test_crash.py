"""Programs are killed and the link is cut under load; nothing that a sensor saw acknowledged is lost or out of order,
and each identity is in the collector once."""

import random

import pytest

SEED = 20260101
KILLS = 10


@pytest.fixture(name="load")
def load_fixture(site, request):
    """A fleet that publishes through a gateway and a relay to a collector, until the test ends it; at 2,000 messages a
    second, or with another `rate` a sensor (0: always with its window full)."""
    collector = site.collector()
    collector.start()
    relay = site.relay(collector.port)
    gateway = site.gateway(relay.port)
    gateway.start()
    fleet = site.fleet()
    fleet.start(gateway.ports["mqtt"], sensors=40, rate=getattr(request, "param", 50), window=4, seconds=120)
    return gateway, collector, relay, fleet


def finish(load):
    """Ends the load, waits until all is delivered, and compares. The counts of the comparison."""
    gateway, collector, _, fleet = load
    assert fleet.stop(30) == 0
    gateway.wait_until_delivered(30)
    assert gateway.stop() == 0
    assert collector.stop() == 0
    counts, faults = fleet.verify(collector.export())
    assert (counts["lost"], counts["doubled"], counts["reordered"], counts["invented"]) == (0, 0, 0, 0), faults
    assert counts["acked"] > 0
    return counts


def wait_for_more(gateway, what, least):
    """Until `what(status)` has grown by `least` or more: a moment that chance chooses, not the clock."""
    begin = what(gateway.wait_for_status(lambda s: True, "the gateway answers"))
    gateway.wait_for_status(lambda s: what(s) >= begin + least, f"{least} more")


def acknowledged(status):
    return status["mqtt"]["acknowledged"]


def delivered(status):
    return status["upstreams"][0]["streams"][0]["position"]


@pytest.mark.parametrize("load", [0], indirect=True, ids=["windows full"])
def test_gateway_killed_at_random_moments(load):
    gateway, _, _, fleet = load
    chance = random.Random(SEED)
    for _ in range(KILLS):
        wait_for_more(gateway, acknowledged, chance.randrange(1, 5000))
        gateway.kill()
        gateway.start()
    finish(load)
    assert fleet.last_status()["sent_again"] > KILLS, "each kill met messages that were on their way"


def test_collector_killed_at_random_moments(load):
    gateway, collector, _, _ = load
    chance = random.Random(SEED)
    for _ in range(KILLS):
        wait_for_more(gateway, delivered, chance.randrange(1, 800))
        collector.kill()
        collector.start()
    finish(load)


def test_link_cut_and_restored(load):
    gateway, _, relay, _ = load
    chance = random.Random(SEED)
    for _ in range(5):
        wait_for_more(gateway, delivered, chance.randrange(1, 800))
        relay.cut()
        wait_for_more(gateway, acknowledged, chance.randrange(1, 800))
        relay.restore()
    finish(load)


def test_sensors_are_acknowledged_while_the_collector_is_away_and_it_gets_all_later(load):
    gateway, collector, _, _ = load
    wait_for_more(gateway, delivered, 1)
    assert collector.stop() == 0
    wait_for_more(gateway, acknowledged, 3000)
    collector.start()
    assert finish(load)["delivered"] > 3000


def test_both_are_killed_at_once(load):
    gateway, collector, _, _ = load
    wait_for_more(gateway, delivered, 500)
    collector.kill()
    gateway.kill()
    gateway.start()
    wait_for_more(gateway, acknowledged, 500)
    collector.start()
    finish(load)
