"""What an upstream does not take in time is dropped, counted and named; a wall clock that is wrong makes nothing old."""

from wire import publish, publish_packet

DAY_S = 86400

QUICK = """
[stream.quick]
topics = ["quick/#"]
to = ["collector"]
max_age = "1 s"
"""


def stream(status, name):
    return next(one for one in status["streams"] if one["name"] == name)


def wait_until_dropped(gateway, name, messages):
    gateway.wait_for_status(lambda status: stream(status, name)["dropped"].get("age") == messages,
                            f"{messages} messages of {name} are too old")


def publish_quick(connect, gateway):
    client = connect(gateway, version=4)
    assert client.connect("quick") == 0
    client.send(publish_packet("quick/t", "q", version=4))
    client.receive_acknowledgement()
    client.close()


def payloads(collector):
    return [record["payload"] for record in collector.records()]


def test_what_is_too_old_is_dropped_counted_and_named_and_gives_room_back(site, connect):
    collector = site.collector()
    gateway = site.gateway(collector.port, stream='when_full = "refuse"\nmax_age = "3 s"')
    gateway.start()
    publish(connect, gateway, range(5))
    wait_until_dropped(gateway, "sensors", 5)
    gateway.kill()
    gateway.start()
    found = stream(gateway.status(), "sensors")
    assert (found["backlog_records"], found["live_bytes"]) == (0, 0), "durable, and the room is free"
    collector.start()
    gateway.wait_for_status(lambda status: status["upstreams"][0]["state"] == "connected", "the collector is there")
    publish(connect, gateway, [5])
    gateway.wait_until_delivered()
    assert payloads(collector) == ["5"]
    assert "skipped 0 to 5 (exclusive): evicted" in collector.ask("list")


def test_a_wall_clock_that_is_wrong_makes_nothing_old(site, connect, clock):
    """The messages of the quick stream are gone after each look, so that there was one."""
    collector = site.collector()
    gateway = site.gateway(collector.port, stream='max_age = "1 d"', tables=QUICK)
    clock.right()
    gateway.start(clock.of_another_boot())
    publish(connect, gateway, [0])
    clock.set(2 * DAY_S, synchronised=True)  # somebody set it
    publish_quick(connect, gateway)
    wait_until_dropped(gateway, "quick", 1)
    clock.right()
    gateway.kill()

    clock.set(2 * DAY_S, synchronised=False)
    gateway.start(clock.of_another_boot())
    publish_quick(connect, gateway)
    wait_until_dropped(gateway, "quick", 1)
    assert stream(gateway.status(), "sensors")["backlog_records"] == 1
    collector.start()
    gateway.wait_until_delivered()
    assert payloads(collector) == ["0"]


def test_after_another_boot_what_is_too_old_goes_when_the_time_is_known(site, connect, clock):
    gateway = site.gateway(stream='max_age = "1 d"', tables=QUICK)
    clock.right()
    gateway.start(clock.of_another_boot())
    publish(connect, gateway, [0])
    gateway.kill()
    clock.set(2 * DAY_S, synchronised=False)
    gateway.start(clock.of_another_boot())
    publish_quick(connect, gateway)
    wait_until_dropped(gateway, "quick", 1)
    clock.set(2 * DAY_S, synchronised=True)
    wait_until_dropped(gateway, "sensors", 1)
