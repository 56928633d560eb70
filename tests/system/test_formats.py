"""Stores of an earlier and of a later format, and directories that hold something else: none stops a start, and none
loses what is in it."""

import json
import os

import pytest
from pool_file import set_format, unpack_format_1
from site_of_test import tidegate
from wire import publish

COMPRESSED = 'size = "64 MiB"\ncompression = "zstd"'


@pytest.fixture(name="collector")
def collector_fixture(site):
    return site.collector()


def store(gateway, command, *options):
    return tidegate("store", command, "--config", gateway.config, *options)


def format_of(gateway):
    return json.loads(store(gateway, "inspect", "--json").stdout)["format"]


def notices(gateway):
    return gateway.wait_for_status(lambda s: True, "the gateway answers")["store"]["notices"]


def test_a_store_of_format_1_is_carried_on_as_one_until_the_owner_upgrades_it(site, collector, connect):
    unpack_format_1(site.directory / "store")
    gateway = site.gateway(collector.port, store=COMPRESSED)
    gateway.start()
    assert ["tidegate store upgrade" in one for one in notices(gateway)] == [True]
    assert "store.not_compressed" in gateway.log()
    publish(connect, gateway, range(100))
    running = store(gateway, "upgrade", "--yes")
    assert running.returncode == 1
    assert "stop it first" in running.stderr
    gateway.stop()
    assert format_of(gateway) == 1, "what went before can be put back"

    asked = store(gateway, "upgrade")
    assert asked.returncode == 1
    assert "an earlier version then sets it aside" in asked.stdout
    assert format_of(gateway) == 1, "without --yes nothing is changed"
    upgraded = store(gateway, "upgrade", "--yes")
    assert (upgraded.returncode, upgraded.stderr) == (0, "")
    assert format_of(gateway) == 2
    assert store(gateway, "upgrade").returncode == 0, "nothing is left to do"
    assert store(gateway, "verify").returncode == 0

    gateway.start()
    assert notices(gateway) == []
    collector.start()
    publish(connect, gateway, range(100, 200))
    gateway.wait_until_delivered()
    records = collector.records()
    assert [record["offset"] for record in records] == list(range(500))
    assert [json.loads(record["payload"])["n"] for record in records[:300]] == list(range(300))
    assert [int(record["payload"]) for record in records[300:]] == list(range(200))


def test_a_store_that_is_made_is_of_the_newest_format_and_a_killed_one_that_compresses_is_all_there(site, collector):
    gateway = site.gateway(collector.port, store=COMPRESSED + '\ncommit_pause = "50 ms"\ncommit_size = "512 KiB"')
    gateway.start()
    fleet = site.fleet()
    fleet.start(gateway.ports["mqtt"], sensors=40, rate=0, window=16, seconds=120)
    for _ in range(3):
        before = gateway.wait_for_status(lambda s: True, "the gateway answers")["mqtt"]["acknowledged"]
        gateway.wait_for_status(lambda s, least=before + 3000: s["mqtt"]["acknowledged"] > least, "more messages")
        gateway.kill()
        gateway.start()
    assert fleet.stop(30) == 0
    written = gateway.wait_for_status(lambda s: True, "the gateway answers")["store"]
    assert written["notices"] == []
    collector.start()
    gateway.wait_until_delivered(60)
    assert gateway.stop() == 0
    assert format_of(gateway) == 2
    counts, faults = fleet.verify(collector.export())
    assert (counts["lost"], counts["doubled"], counts["reordered"], counts["invented"]) == (0, 0, 0, 0), faults


def test_a_store_of_a_later_format_is_set_aside_untouched_and_what_the_notice_says_gets_at_it(site, collector, connect):
    gateway = site.gateway(collector.port)
    gateway.start()
    publish(connect, gateway, range(40))
    gateway.kill()
    pool = site.directory / "store/store/pool"
    set_format(pool, 3)
    later = pool.read_bytes()
    refused = store(gateway, "export")
    assert refused.returncode == 1
    assert "the pool is of format 3, and this version of Tidegate reads formats up to 2" in refused.stderr

    for _ in range(2):
        gateway.start()
        notice, = notices(gateway)
        assert "pool.newer-1, moved to DIR/store/pool, is read by tidegate store export DIR of that version" in notice
        assert notice in tidegate("status", "--control", f"127.0.0.1:{gateway.ports['control']}").stdout
        gateway.kill()
    assert "store.pool_set_aside" in gateway.log()
    aside = pool.with_name("pool.newer-1")
    assert aside.read_bytes() == later
    assert f"set aside: {aside.name}" in store(gateway, "inspect").stdout

    gateway.start()
    collector.start()
    publish(connect, gateway, range(40, 60))
    gateway.wait_until_delivered()
    gateway.stop()
    assert sorted(int(record["payload"]) for record in collector.records()) == list(range(40, 60))

    # The later version, which is this one once the format is again one that it knows.
    elsewhere = site.directory / "elsewhere"
    (elsewhere / "store").mkdir(parents=True)
    aside.rename(elsewhere / "store/pool")
    set_format(elsewhere / "store/pool", 2)
    exported = tidegate("store", "export", elsewhere)
    assert [int(json.loads(line)["payload"]) for line in exported.stdout.splitlines()] == list(range(40))
    again = site.gateway(collector.port, path=elsewhere)
    again.start()
    again.wait_until_delivered()
    assert sorted(int(record["payload"]) for record in collector.records()) == list(range(60))


def directory_in_place_of(path):
    path.mkdir()
    (path / "of somebody else").write_text("x")


STRANGE = {
    "a pool without a byte": lambda store: (store / "pool").write_bytes(b""),
    "a pool of other bytes": lambda store: (store / "pool").write_bytes(b"of somebody else" * 1_000_000),
    "a pool that is a directory": lambda store: directory_in_place_of(store / "pool"),
    "a pool that is a link to nothing": lambda store: (store / "pool").symlink_to("nothing"),
    "a pool that is a pipe": lambda store: os.mkfifo(store / "pool"),
    "a new pool that was not finished": lambda store: (store / "pool.new").write_bytes(b"TIDEMAN1"),
    "a new pool that is a directory": lambda store: directory_in_place_of(store / "pool.new"),
    "a folder of the pool that is a file": lambda store: (store.rmdir(), store.write_text("x")),
    "a lock that is a directory": lambda store: directory_in_place_of(store.parent / "lock"),
    "a quarantine that is a file": lambda store: (store / "quarantine").write_text("x"),
    "files of somebody else": lambda store: directory_in_place_of(store / "lost+found"),
    "a size that is none": lambda store: (store.parent / "size").write_text("large"),
    "a size that is a directory": lambda store: directory_in_place_of(store.parent / "size"),
    "a count of crashes that is none": lambda store: (store.parent / "running").write_bytes(b"\xff\x00" * 100),
    "a count of crashes that is a directory": lambda store: directory_in_place_of(store.parent / "running"),
}


@pytest.mark.parametrize("name", STRANGE)
def test_whatever_the_directory_holds_the_gateway_starts_and_takes_messages(site, connect, name):
    (site.directory / "store/store").mkdir(parents=True)
    STRANGE[name](site.directory / "store/store")
    gateway = site.gateway(store="" if "a size" in name else 'size = "64 MiB"')
    gateway.start()
    publish(connect, gateway, range(10))
    gateway.stop()
    gateway.start()
