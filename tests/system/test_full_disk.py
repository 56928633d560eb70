"""A small real file system fills up: a stream drops its oldest or refuses, as configured, and goes on when there is
space again. Nothing that was acknowledged is lost otherwise."""

import contextlib

import pytest
from small_disk import DISK_BYTES

PAYLOAD_BYTES = 8000


@pytest.fixture(name="full_site")
def full_site_fixture(small_disk, site):
    """The site whose gateway stores there; ended before the disk is unmounted."""
    def gateway(upstream_port, when_full):
        return site.gateway(upstream_port, path=small_disk / "store", store='size = "64 MiB"\nslot = "2 MiB"',
                            stream=f'quota = "48 MiB"\nwhen_full = "{when_full}"')
    yield site, gateway, small_disk
    site.end()


def payload(number):
    return f"{number:08}".encode() * (PAYLOAD_BYTES // 8)


class Publisher:
    """A sensor that keeps some messages in flight, as one with a window does, and knows which were acknowledged."""

    WINDOW = 50

    def __init__(self, wire):
        assert wire.connect("publisher") == 0
        self.wire = wire
        self.sent = 0
        self.acknowledged = 0

    def publish(self, total, patience=10.0):
        """Until `total` are acknowledged, or none was for `patience` seconds; whether it came to the end."""
        while self.acknowledged < total:
            while self.sent < min(total, self.acknowledged + self.WINDOW):
                self.wire.publish("sensors/big", payload(self.sent), self.sent + 1)
                self.sent += 1
            try:
                assert self.wire.receive_acknowledgement(patience) == self.acknowledged + 1
            except TimeoutError:
                return False
            self.acknowledged += 1
        return True

    def finish(self):
        """Waits for what is in flight; every message sent is then acknowledged."""
        assert self.publish(self.sent, patience=20.0)


def numbers(records):
    """What the payloads say, which are whole."""
    found = []
    for one in records:
        assert one["payload"] == one["payload"][:8] * (PAYLOAD_BYTES // 8)
        found.append(int(one["payload"][:8]))
    return found


def fill(path):
    """Takes all the space that is left."""
    with open(path, "wb", buffering=0) as file, contextlib.suppress(OSError):
        while file.write(bytes(1 << 20)):
            pass


def test_drop_oldest_drops_counts_and_keeps_acknowledging(full_site, connect):
    site, make_gateway, _ = full_site
    collector = site.collector()
    gateway = make_gateway(collector.port, "drop-oldest")
    gateway.start()
    total = 2 * DISK_BYTES // PAYLOAD_BYTES
    assert Publisher(connect(gateway)).publish(total), "every message is acknowledged"
    dropped = sum(gateway.status()["streams"][0]["dropped"].values())
    gateway.kill()

    gateway.start()
    collector.start()
    gateway.wait_until_delivered()
    held = numbers(collector.records())
    assert held == list(range(total - len(held), total)), "the newest, in order, without a hole"
    assert len(held) > total / 8
    assert dropped + len(held) == total, "what is not there was counted"


def test_refuse_withholds_until_the_upstream_takes_what_is_there(full_site, connect):
    site, make_gateway, _ = full_site
    collector = site.collector()
    gateway = make_gateway(collector.port, "refuse")
    gateway.start()
    publisher = Publisher(connect(gateway))
    assert not publisher.publish(2 * DISK_BYTES // PAYLOAD_BYTES, patience=1.0)
    assert publisher.acknowledged > DISK_BYTES / 8 / PAYLOAD_BYTES
    assert not any(gateway.status()["streams"][0]["dropped"].values())

    collector.start()
    publisher.finish()
    gateway.wait_until_delivered()
    assert numbers(collector.records()) == list(range(publisher.sent))


def test_refuse_goes_on_when_somebody_else_gives_space_back(full_site, connect):
    _, make_gateway, disk = full_site
    gateway = make_gateway(None, "refuse")
    gateway.start()
    publisher = Publisher(connect(gateway))
    fill(disk / "somebody-elses-file")
    assert not publisher.publish(DISK_BYTES // PAYLOAD_BYTES, patience=1.0)
    (disk / "somebody-elses-file").unlink()
    publisher.finish()


def test_what_was_acknowledged_on_a_full_disk_survives_a_kill(full_site, connect):
    site, make_gateway, disk = full_site
    collector = site.collector()
    gateway = make_gateway(collector.port, "refuse")
    gateway.start()
    publisher = Publisher(connect(gateway))
    fill(disk / "somebody-elses-file")
    assert not publisher.publish(DISK_BYTES // PAYLOAD_BYTES, patience=1.0)
    gateway.kill()
    gateway.start()
    collector.start()
    gateway.wait_until_delivered()
    held = numbers(collector.records())
    assert held[:publisher.acknowledged] == list(range(publisher.acknowledged))
