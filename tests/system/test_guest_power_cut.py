"""The power of a whole machine is cut: the gateway runs in a guest under load, QEMU is killed, and the guest starts again
from what its drive may hold then; unflushed writes are lost, wholly or in part. Every acknowledgement that left the
guest is upstream afterwards.

TIDEGATE_SEED chooses the moments and the damage. TIDEGATE_SOAK=1: 20 drives, 10 cuts each.
"""

import os
import random
import shutil

import pytest
from guest import Guest, skip_unless_it_can_run
from programs import Collector, Fleet

SOAK = bool(os.environ.get("TIDEGATE_SOAK"))
SEED = int(os.environ.get("TIDEGATE_SEED", "1"))
SEEDS = range(SEED, SEED + (20 if SOAK else 1))
CUTS = 10 if SOAK else 3
MOST_MESSAGES = 3000
CREATION_BYTES = 10 << 20  # what the first start writes
START_BYTES = 128 << 10  # and any later one


@pytest.fixture(name="guest")
def guest_fixture(site):
    """A guest that has never been started."""
    skip_unless_it_can_run()
    return site.keep(Guest(site.directory))


class Stretch:
    """From one cut to the next, on a guest that runs: a fleet and a collector of its own."""

    def __init__(self, site, guest, number, upstream_is_there=True):
        self.guest = guest
        self.collector = site.keep(Collector(site.directory, f"collector-{number}"))
        self.collector.port = guest.upstream_port
        self.fleet = site.keep(Fleet(site.directory, f"fleet-{number}"))
        if upstream_is_there:
            self.collector.start()
        self.fleet.start(guest.ports["mqtt"], sensors=20, rate=0, window=4, seconds=3600, drain=0)

    def wait_for(self, messages):
        """Until that many were acknowledged since the guest started."""
        self.guest.wait_for_status(lambda status: status["mqtt"]["acknowledged"] >= messages, f"{messages} messages", 60)

    def cut_power(self, seed, **how):
        cut = self.guest.cut_power(seed, **how)
        assert self.fleet.stop() == 0
        return cut

    def deliver_and_compare(self):
        """With the guest running again. (counts, faults) of what was acknowledged and what the collector has now."""
        if not self.collector.running():
            self.collector.start()
        self.guest.wait_until_delivered(60)
        assert self.collector.stop() == 0
        return self.fleet.verify(self.collector.export())


@pytest.mark.parametrize("seed", SEEDS)
def test_what_left_the_guest_acknowledged_is_upstream_after_a_power_cut(site, guest, seed):
    chance = random.Random(seed)
    try:
        cut_while_it_starts(guest, chance, CREATION_BYTES)
        guest.start()
        for number in range(CUTS):
            print(f"seed {seed}, cut {number}:", end=" ")
            cut_under_load(site, guest, chance, number)
    except Exception:
        print(f"kept in {guest.keep(seed)}")
        raise


def cut_under_load(site, guest, chance, number):
    """Of a guest that runs; it runs again afterwards."""
    upstream_is_there = number % 2 == 1
    stretch = Stretch(site, guest, number, upstream_is_there)
    stretch.wait_for(chance.randrange(1, MOST_MESSAGES))
    if chance.randrange(4):
        guest.stop_between_a_write_and_its_flush()
    cut = stretch.cut_power(chance.randrange(1 << 32))
    if not chance.randrange(3):
        cut_while_it_starts(guest, chance, START_BYTES)
    guest.start()
    counts, faults = stretch.deliver_and_compare()
    print(f"{cut}, upstream {'there' if upstream_is_there else 'away'}: {counts}")
    assert (counts["lost"], counts["doubled"], counts["reordered"], counts["invented"]) == (0, 0, 0, 0), faults
    assert counts["acked"] > 0


def cut_while_it_starts(guest, chance, most_bytes):
    guest.power_on()
    guest.wait_for_writes(chance.randrange(most_bytes))
    print(f"while it starts {guest.cut_power(chance.randrange(1 << 32))};", end=" ")


def test_a_file_system_that_does_not_flush_is_found_out(site, guest):
    """With nobarrier ext4 answers fdatasync without a flush of the drive; the gateway acknowledges."""
    guest.start("nobarrier")
    stretch = Stretch(site, guest, 0, upstream_is_there=False)
    stretch.wait_for(100)
    stretch.cut_power(SEED, damage="none")
    guest.start()
    counts, _ = stretch.deliver_and_compare()
    assert counts["lost"] >= 100


def test_a_drive_that_loses_what_it_had_flushed_is_found_out(site, guest):
    guest.start()
    stretch = Stretch(site, guest, 0, upstream_is_there=False)
    stretch.wait_for(100)
    earlier = site.directory / "log-of-writes-earlier"
    shutil.copyfile(guest.log_of_writes, earlier)
    stretch.wait_for(300)
    stretch.cut_power(SEED, log_of_writes=earlier, damage="prefix")
    guest.start()
    counts, _ = stretch.deliver_and_compare()
    assert counts["lost"] > 0
    assert counts["delivered"] >= 100, "the others are there"
