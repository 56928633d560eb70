"""What `tidegate store` tells of the store of a gateway that runs, was stopped, or was killed; and that it changes
nothing."""

import base64
import hashlib
import json
import pathlib
import time

import pytest
from site_of_test import tidegate
from wire import packet, publish, text


@pytest.fixture(name="collector")
def collector_fixture(site):
    return site.collector()


@pytest.fixture(name="gateway")
def gateway_fixture(site, collector):
    """Started; the collector is not."""
    gateway = site.gateway(collector.port)
    gateway.start()
    return gateway


def store(gateway, command, *options):
    return tidegate("store", command, "--config", gateway.config, *options)


def exported(gateway, *options):
    done = store(gateway, "export", *options)
    assert (done.returncode, done.stderr) == (0, "")
    return [json.loads(line) for line in done.stdout.splitlines()]


def by_offset(records):
    return sorted(records, key=lambda record: (record["stream"], record["offset"]))


def fingerprint(directory):
    """Names and contents of everything below it."""
    return {path.relative_to(directory): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(directory.rglob("*")) if path.is_file()}


def flip_a_byte(pool, text):
    """Of the first frame that holds `text`."""
    with open(pool, "r+b") as file:
        at = file.read().index(text)
        file.seek(at)
        file.write(bytes([text[0] ^ 1]))
    return at


def test_beside_a_gateway_under_load_nothing_is_rotten_and_the_export_is_what_the_collector_gets(
        site, gateway, collector):
    fleet = site.fleet()
    fleet.start(gateway.ports["mqtt"], sensors=40, rate=50, window=4, seconds=120)
    acknowledged = 0
    for _ in range(8):
        acknowledged = gateway.wait_for_status(lambda s, before=acknowledged: s["mqtt"]["acknowledged"] > before + 200,
                                               "more messages")["mqtt"]["acknowledged"]
        verified = store(gateway, "verify")
        assert (verified.returncode, verified.stderr) == (0, ""), verified.stdout
        assert "all is well" in verified.stdout
        assert len(exported(gateway)) >= acknowledged
    assert fleet.stop(30) == 0

    held_back = exported(gateway)
    collector.start()
    gateway.wait_until_delivered()
    assert by_offset(held_back) == by_offset(collector.records())
    gateway.stop()
    assert exported(gateway) == []
    assert by_offset(exported(gateway, "--all")) == by_offset(collector.records())


def test_while_the_backlog_is_delivered_and_its_slots_are_used_again(site, gateway, collector):
    """A small pool under a load that goes through it several times."""
    gateway.stop()
    gateway.config.write_text(gateway.config.read_text().replace('size = "64 MiB"', 'size = "16 MiB"\nslot = "2 MiB"'))
    gateway.start()
    collector.start()
    fleet = site.fleet()
    fleet.start(gateway.ports["mqtt"], sensors=40, rate=0, window=4, seconds=120)
    used = 0
    while used < 10:  # of eight slots: two are used again
        verified = store(gateway, "verify")
        assert (verified.returncode, verified.stderr) == (0, ""), verified.stdout
        everything = store(gateway, "export", "--all")
        assert (everything.returncode, everything.stderr) == (0, "")
        shown = json.loads(store(gateway, "inspect", "--json").stdout)
        used = max(slot["sequence"] for slot in shown["slots"])
    assert fleet.stop(30) == 0


def test_of_a_killed_gateway_all_that_was_acknowledged_is_there(site, gateway, collector, connect):
    publish(connect, gateway, range(300))
    gateway.kill()
    before = fingerprint(site.directory / "store")
    assert [record["payload"] for record in exported(gateway)] == [str(number) for number in range(300)]
    assert store(gateway, "verify").returncode == 0
    shown = store(gateway, "inspect")
    assert shown.returncode == 0
    assert "owed 0 up to 300 (300 records)" in shown.stdout
    assert "not closed: a gateway runs, or was ended without a word" in shown.stdout
    assert fingerprint(site.directory / "store") == before, "nothing is changed, and no file is made"

    elsewhere = tidegate("store", "inspect", "--json", site.directory / "store")
    stream = next(one for one in json.loads(elsewhere.stdout)["streams"] if one["name"] == "sensors")
    assert (stream["next"], stream["owed_from"]) == (300, 0)
    assert [cursor["upstream"] for cursor in stream["cursors"]] == ["collector"]


def test_a_flipped_byte_is_named_by_place_and_record_and_the_rest_is_exported(site, gateway, connect):
    publish(connect, gateway, range(1000, 1200))
    gateway.stop()
    at = flip_a_byte(site.directory / "store/store/pool", b"1100")
    verified = store(gateway, "verify")
    assert verified.returncode == 1
    rot = next(line for line in verified.stdout.splitlines() if line.startswith("rot: "))
    begin = int(rot.split(" bytes at ")[1].split(" of ")[0].replace(",", ""))
    assert begin <= at < begin + int(rot.split()[1].replace(",", ""))
    assert "lost: stream sensors, 100 up to 101 (1 record)" in verified.stdout
    assert "1100" not in verified.stdout, "no payloads"

    rest = store(gateway, "export")
    assert rest.returncode == 1
    assert "offsets 100 up to 101 (exclusive) do not pass their check" in rest.stderr
    assert [json.loads(line)["offset"] for line in rest.stdout.splitlines()] == [*range(100), *range(101, 200)]


def test_binary_payloads_properties_and_one_stream(gateway, collector, connect):
    client = connect(gateway)
    assert client.connect("sensor") == 0
    content_type = b"\x03\x00\x01x"  # MQTT 5.0 section 3.3.2.3.9
    client.send(packet(0x32, text("sensors/t") + b"\0\1" + bytes([len(content_type)]) + content_type + b"\xff\x00\x01"))
    client.receive_acknowledgement()
    record, = exported(gateway, "--stream", "sensors")
    assert record["payload_base64"] == "/wAB"
    assert base64.b64decode(record["properties_base64"]) == content_type
    assert record["boot"] == pathlib.Path("/proc/sys/kernel/random/boot_id").read_text().strip().replace("-", "")
    assert 0 < record["monotonic_us"] <= time.clock_gettime(time.CLOCK_BOOTTIME) * 1e6
    assert exported(gateway, "--stream", "dead-letter") == []
    unknown = store(gateway, "export", "--stream", "nothing")
    assert (unknown.returncode, unknown.stdout) == (1, "")
    assert "the store has no stream nothing" in unknown.stderr
    collector.start()
    gateway.wait_until_delivered()
    assert collector.records() == [record]


def test_the_gateways_own_records_are_exported_only_if_they_are_named(gateway, connect):
    client = connect(gateway, version=5)
    assert client.connect("keeps", clean=False, expiry=60) == 0
    publish(connect, gateway, range(3))
    for options in ((), ("--all",)):
        assert {record["stream"] for record in exported(gateway, *options)} == {"sensors"}
    own = exported(gateway, "--stream", "state")
    assert "keeps" in [record["client"] for record in own]
    assert {record["stream"] for record in own} == {"state"}


def test_where_no_store_is(tmp_path):
    for command in ("inspect", "verify", "export"):
        done = tidegate("store", command, tmp_path)
        assert (done.returncode, done.stdout) == (1, "")
        assert "no store is in" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_repair_is_for_a_store_that_no_gateway_runs_on(site, gateway, collector, connect):
    publish(connect, gateway, range(1000, 1200))
    flip_a_byte(site.directory / "store/store/pool", b"1100")
    running = store(gateway, "repair", "--yes")
    assert running.returncode == 1
    assert f"belongs to process {gateway.process.pid}, which runs: stop it first" in running.stderr
    gateway.stop()

    before = fingerprint(site.directory / "store")
    planned = store(gateway, "repair")
    assert planned.returncode == 1
    assert "a repair empties 1 slot" in planned.stdout
    assert fingerprint(site.directory / "store") == before, "without --yes it only says what it would do"

    repaired = store(gateway, "repair", "--yes")
    assert (repaired.returncode, repaired.stderr) == (0, "")
    assert repaired.stdout.endswith("repaired\n")
    assert store(gateway, "verify").returncode == 0
    assert store(gateway, "repair").returncode == 0, "nothing is left to do"
    assert [path.name for path in (site.directory / "store/store/quarantine").iterdir()] != []

    gateway.start()
    collector.start()
    gateway.wait_until_delivered()
    assert [record["offset"] for record in by_offset(collector.records())] == [*range(100), *range(101, 200)]
    assert "skipped 100 to 101 (exclusive): corrupt" in collector.ask("list")


def test_a_store_whose_manifests_are_all_gone_is_made_of_its_frames(site, gateway, collector, connect):
    publish(connect, gateway, range(100))
    gateway.stop()
    held_back = exported(gateway)
    with open(site.directory / "store/store/pool", "r+b") as pool:
        pool.write(b"\xa5" * (3 << 20))
    assert "tidegate store repair tells what can be done" in store(gateway, "export").stderr

    planned = store(gateway, "repair")
    assert planned.returncode == 1
    assert "stream number 0 becomes recovered-0: next offset 100" in planned.stdout
    assert "a message is on topic sensors/t" in planned.stdout
    repaired = store(gateway, "repair", "--yes", "--streams", "sensors,dead-letter")
    assert (repaired.returncode, repaired.stderr) == (0, "")
    assert exported(gateway) == held_back

    gateway.start()
    collector.start()
    gateway.wait_until_delivered()
    assert by_offset(collector.records()) == by_offset(held_back)


def test_a_pool_that_nothing_can_be_made_of_is_set_aside(site, gateway):
    gateway.stop()
    pool = site.directory / "store/store/pool"
    pool.write_bytes(b"not a pool")
    assert store(gateway, "repair").returncode == 1
    assert pool.exists()
    repaired = store(gateway, "repair", "--yes")
    assert (repaired.returncode, repaired.stderr) == (0, "")
    assert (pool.parent / "pool.bad-1").read_bytes() == b"not a pool"
    assert not pool.exists()
    gateway.start()
