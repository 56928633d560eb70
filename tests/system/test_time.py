"""A board without a clock of its own: what it received before it knew the time arrives with the right one, or says that
it has not. The real programs, with a wall clock that the test sets; monotonic time is the real one, unless a test says otherwise."""

import datetime
import time

import pytest
from programs import wait_until
from test_subscribe import metric
from wire import publish

HOUR_S = 3600
YEAR_S = 365 * 86400
CLOCK_SYNCHRONISED = "tidegate_gateway_clock_synchronised"
SLACK_S = 1.0  # a clock that was set by less is not noticed


@pytest.fixture(name="collector")
def collector_fixture(site):
    """Not started."""
    return site.collector()


@pytest.fixture(name="gateway")
def gateway_fixture(site, collector):
    """Not started."""
    return site.gateway(collector.port)


def say(connect, gateway, number):
    """Publishes a number; returns between which times it was received."""
    before = time.time()
    publish(connect, gateway, [number])
    return before, time.time()


def wait_until_known(gateway):
    wait_until(lambda: "clock.known" in gateway.log(), "the clock is known")


def qualities(records):
    return [record["time_quality"] for record in records]


def received(record):
    return datetime.datetime.fromisoformat(record["received"].replace("Z", "+00:00")).timestamp()


def assert_right(records, spans):
    assert [int(record["payload"]) for record in records] == list(range(len(spans))), "in order of receipt"
    for record, (before, after) in zip(records, spans):
        assert before - SLACK_S < received(record) < after + SLACK_S, record


@pytest.mark.parametrize("offset_s", [-time.time(), -3600, 10 * YEAR_S], ids=["1970", "an_hour_behind", "ahead"])
def test_a_backlog_from_before_the_clock_was_known_arrives_corrected(clock, gateway, collector, connect, offset_s):
    clock.set(offset_s, synchronised=False)
    gateway.start(clock.wrapper)
    spans = [say(connect, gateway, number) for number in range(3)]
    clock.right()
    wait_until_known(gateway)
    spans.append(say(connect, gateway, 3))
    collector.start()
    gateway.wait_until_delivered()
    records = collector.records()
    assert_right(records, spans)
    assert qualities(records) == 3 * ["corrected"] + ["synchronised"]


def test_what_was_sent_before_the_clock_was_known_is_corrected_where_it_is(clock, gateway, collector, connect):
    collector.start()
    clock.wrong()
    gateway.start(clock.wrapper)
    spans = [say(connect, gateway, number) for number in range(2)]
    gateway.wait_until_delivered()
    records = collector.records()
    assert qualities(records) == 2 * ["unknown"]
    assert records[0]["received"].startswith("1970-01-01")
    clock.right()
    wait_until(lambda: qualities(collector.records()) == 2 * ["corrected"], "the collector has the anchor")
    assert_right(collector.records(), spans)


def test_a_collector_that_was_away_when_the_clock_became_known_is_told_later(clock, gateway, collector, connect):
    collector.start()
    clock.wrong()
    gateway.start(clock.wrapper)
    spans = [say(connect, gateway, 0)]
    gateway.wait_until_delivered()
    collector.stop()
    clock.right()
    wait_until_known(gateway)
    collector.start()
    wait_until(lambda: qualities(collector.records()) == ["corrected"], "the collector has the anchor")
    assert_right(collector.records(), spans)


def test_jumps_to_and_fro_change_no_order(clock, gateway, collector, connect):
    gateway.start(clock.wrapper)
    spans = []
    for number, offset_s in enumerate([-YEAR_S, 10 * YEAR_S, 0, -10 * YEAR_S, 3600, -3600]):
        clock.set(offset_s, synchronised=False)
        spans.append(say(connect, gateway, number))
    clock.right()
    wait_until_known(gateway)
    collector.start()
    gateway.wait_until_delivered()
    assert_right(collector.records(), spans)
    assert qualities(collector.records()) == 6 * ["corrected"]


def test_a_step_of_the_clock_is_noticed_at_once_also_when_looks_have_become_rare(clock, gateway):
    """After an hour of uptime, which here passes in an instant, the next look is in a minute."""
    gateway.start(clock.wrapper)
    clock.set(0, True, HOUR_S)
    wait_until(lambda: metric(gateway, CLOCK_SYNCHRONISED) == 1, "the clock is known")
    clock.step(HOUR_S, False, HOUR_S)
    wait_until(lambda: metric(gateway, CLOCK_SYNCHRONISED) == 0, "the step is noticed")


def test_a_kill_does_not_forget_what_the_clock_was(clock, gateway, collector, connect):
    clock.right()
    gateway.start(clock.wrapper)
    wait_until_known(gateway)
    spans = [say(connect, gateway, 0)]
    gateway.kill()
    clock.wrong()
    gateway.start(clock.wrapper)
    spans.append(say(connect, gateway, 1))
    collector.start()
    gateway.wait_until_delivered()
    assert_right(collector.records(), spans)
    assert qualities(collector.records()) == ["synchronised", "corrected"]


def test_after_a_boot_the_backlog_of_earlier_ones_is_corrected_or_says_that_it_is_not(clock, gateway, collector, connect):
    clock.wrong()
    gateway.start(clock.of_another_boot())
    spans = [say(connect, gateway, 0)]
    clock.right()
    wait_until_known(gateway)
    spans.append(say(connect, gateway, 1))
    gateway.kill()

    clock.wrong()
    gateway.start(clock.of_another_boot())  # one that never learns the time
    say(connect, gateway, 2)
    gateway.kill()

    gateway.start(clock.of_another_boot())
    spans_of_last = say(connect, gateway, 3)
    collector.start()
    gateway.wait_until_delivered()
    records = collector.records()
    assert_right(records[:2], spans)
    assert qualities(records) == ["corrected", "synchronised", "unknown", "unknown"]
    assert len({record["boot"] for record in records}) == 3

    clock.right()
    wait_until(lambda: qualities(collector.records())[2:] == ["unknown", "corrected"], "this boot has an anchor")
    before, after = spans_of_last
    assert before - SLACK_S < received(collector.records()[3]) < after + SLACK_S
