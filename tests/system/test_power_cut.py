"""The power is cut under a real file system: the gateway stores on an ext4 whose block device records what it is asked
for; what a cut may leave on the medium is built from the record, mounted and recovered, and held against what was
acknowledged when the power went.

TIDEGATE_SEED chooses when the gateway is killed and where the power goes. TIDEGATE_SOAK=1: ten records, 1,000 states of
each. The record of a failed test is kept in <build>/power-cut, and the command that looks at the state again is printed.
"""

import os
import pathlib
import random
import shlex
import shutil
import socket
import tempfile

import pytest
from programs import BUILD, Collector, free_port
from recorded_disk import (ACKNOWLEDGED, FLUSH, MARK, WRITE, CrashStates, RecordedDisk, must, read_record,
                           skip_unless_it_can_be_made)
from site_of_test import Site
from wire import Wire

SOAK = bool(os.environ.get("TIDEGATE_SOAK"))
SEED = int(os.environ.get("TIDEGATE_SEED", "1"))
SEEDS = range(SEED, SEED + (10 if SOAK else 1))
STATES = 1000 if SOAK else 300
STATES_FOR_THE_GATEWAY = 20 if SOAK else 5
# Two streams keep everything until the collector has it; the third, whose upstream is away, drops its oldest. The pool is
# small enough to be filled and used again within seconds.
CONFIGURATION = {
    "topics": '"client/0/#"',
    "store": 'size = "20 MiB"\nslot = "2 MiB"',
    "stream": f"""
quota = "3 MiB"
when_full = "refuse"
[stream.several]
topics = ["client/1/#"]
to = ["collector"]
quota = "3 MiB"
when_full = "refuse"
[stream.bulk]
topics = ["client/2/#"]
to = ["away"]
quota = "3 MiB"
[upstream.away]
grpc = "127.0.0.1:{free_port()}"
tls = false
"""}
DAMAGES = ["none", "prefix", "subset", "torn", "destroyed page"]
PHASES = [f"during: {phase}" for phase in
          ("creation", "load", "delivery", "start after a kill", "start after a stop")]
KEEPING = ["sensors", "several"]  # the streams of clients 0 and 1


class PowerCut:
    """A gateway on a recorded disk, its life there, and what may be left of it."""

    def __init__(self, directory, seed):
        self.seed = seed
        self.directory = directory
        self.site = Site(directory)
        self.disk = RecordedDisk(directory)
        self.collector = self.site.collector()
        self.gateway = self.site.gateway(self.collector.port, path=self.disk.path / "store", **CONFIGURATION)
        self.delivered = set()
        self.chance = random.Random(seed)

    def record(self, act, wrapper=()):
        """act(self) with the gateway running on the disk, which is made anew; then what is left can be looked at."""
        try:
            with self.disk:
                self.start("creation", wrapper)
                act(self)
                self.gateway.kill()
            if self.collector.database.exists():
                self.delivered = messages(self.collector)
        finally:
            self.site.end()
        return CrashStates(self.disk, self.gateway.config, self.delivered)

    def start(self, phase, wrapper=()):
        self.disk.tell(f"mark {phase}")
        self.gateway.start(wrapper)
        self.disk.tell("mark load")
        self.disk.tell(f"connect {self.gateway.ports['mqtt']}")

    def kill_under_load(self, most_messages):
        self.disk.tell(f"await {self.chance.randrange(1, most_messages)}")
        self.gateway.kill()

    def keep(self):
        """For who looks after a failure; the directory as a text."""
        kept = BUILD / f"power-cut/{self.seed}"
        shutil.rmtree(kept, ignore_errors=True)
        shutil.copytree(self.directory, kept, ignore=shutil.ignore_patterns("*.ports"))
        return kept


def messages(collector):
    """(client, number) of what it holds."""
    return {tuple(int(word) for word in one["payload"].split()[:2]) for one in collector.records()}


def whole_life(cut):
    """Creation, load, kills, delivery, a pool that is full and used again, a stop and a start."""
    for _ in range(3):
        cut.kill_under_load(2000)
        cut.start("start after a kill")
    cut.collector.start()
    for _ in range(3):
        cut.disk.tell("mark delivery")
        cut.kill_under_load(4000)
        cut.start("start after a kill")
    cut.disk.tell("await 3000")
    cut.collector.stop()
    cut.disk.tell("rest")
    assert cut.gateway.stop() == 0
    cut.start("start after a stop")
    cut.disk.tell("go")
    cut.disk.tell("await 500")


@pytest.fixture(name="life", scope="module", params=SEEDS)
def life_fixture(request):
    """(PowerCut, CrashStates) of a whole life, recorded once for all tests."""
    skip_unless_it_can_be_made()
    with tempfile.TemporaryDirectory(prefix="tidegate-test-") as directory:
        cut = PowerCut(pathlib.Path(directory), request.param)
        yield cut, cut.record(whole_life)


def test_what_was_acknowledged_is_there_whatever_a_cut_leaves(life):
    cut, states = life
    found = states.look_at("--states", STATES, "--seed", cut.seed)
    print(f"seed {cut.seed}, {STATES} states: {found['states']}, {found['violations']} violations")
    if found["violations"]:
        again = states.command("--seed", cut.seed, "--only", found["examples"][0]["state"])
        again = shlex.join(again).replace(str(cut.directory), str(cut.keep()))
        pytest.fail(f"{found['violations']} violations, such as {found['examples'][0]}\nlook again with: {again}")
    assert sum(found["states"][damage] for damage in DAMAGES) == STATES
    for seen in (*DAMAGES, *PHASES, "with several unflushed writes"):
        assert found["states"][seen] > STATES / 100, "the states are worth their name"
    assert found["states"]["with unflushed writes"] > STATES / 2


def test_the_gateway_starts_on_what_a_cut_leaves_delivers_it_and_takes_more(life):
    cut, states = life
    for state in range(STATES_FOR_THE_GATEWAY):
        image = cut.directory / "image"
        left = states.write(state, cut.seed, image)
        collector = Collector(cut.directory, f"collector-{state}")
        collector.port = cut.collector.port
        must("mount", "-o", "loop", image, cut.disk.path)
        try:
            cut.gateway.start()
            streams = streams_by_name(cut.gateway.status())
            for name, acknowledged in zip([*KEEPING, "bulk"], left["acknowledged"]):
                assert streams[name]["next"] >= acknowledged, f"{name}: the newest are lost in {left}"
            publish_one(cut.gateway)
            collector.start()
            cut.gateway.wait_for_status(lambda status: not any(
                streams_by_name(status)[name]["backlog_records"] for name in KEEPING), "the backlog is delivered")
            assert cut.gateway.stop() == 0
        finally:
            cut.gateway.end()
            collector.end()
            must("umount", cut.disk.path)
        there = cut.delivered | messages(collector)
        for client, acknowledged in enumerate(left["acknowledged"][:len(KEEPING)]):
            assert not [number for number in range(acknowledged) if (client, number) not in there], left


def streams_by_name(status):
    return {stream["name"]: stream for stream in status["streams"]}


def publish_one(gateway):
    wire = Wire(gateway.ports["mqtt"])
    assert wire.connect("after-the-cut") == 0
    wire.publish("client/0/reading", "0 0 after the cut")
    assert wire.receive_acknowledgement() == 1
    wire.close()


@pytest.mark.parametrize("lie", ["flushes", "acknowledgements"])
def test_a_device_that_flushes_nothing_and_a_gateway_that_acknowledges_early_are_found_out(life, lie):
    """Both as the record is read; see Lie in tests/blockdev/medium.hpp."""
    cut, states = life
    found = states.look_at("--states", 60, "--seed", cut.seed, "--lie", lie)
    print(f"seed {cut.seed}, {lie}: {found['violations']} violations in 60 states, such as {found['examples'][:1]}")
    assert found["violations"] > 5


def test_a_gateway_that_leaves_out_every_other_flush_is_found_out(tmp_path):
    """The real one, whose fdatasync is kept from the kernel: the order of acknowledgements and flushes is recorded."""
    skip_unless_it_can_be_made()
    if not shutil.which("strace"):
        pytest.skip("strace is not installed")
    cut = PowerCut(tmp_path, SEED)
    quietly = ["strace", "-D", "-f", "-o", "/dev/null", "-e", "trace=fdatasync", "-e",
               "inject=fdatasync:retval=0:when=20+2"]
    states = cut.record(lambda cut: [cut.disk.tell(words) for words in 5 * ["mark load", "await 200"]], quietly)
    found = states.look_at("--states", 100, "--seed", cut.seed)
    print(f"seed {cut.seed}: {found['violations']} violations in 100 states, such as {found['examples'][:1]}")
    assert found["violations"] > 0


def test_an_acknowledgement_that_leaves_before_its_flush_is_recorded_before_it(tmp_path):
    """A gateway of three lines: it stores a message, acknowledges it, and flushes."""
    skip_unless_it_can_be_made()
    with RecordedDisk(tmp_path) as disk, open(disk.path / "file", "wb", buffering=0) as file, \
            socket.create_server(("127.0.0.1", 0)) as server:
        file.write(bytes(4096))
        os.fsync(file.fileno())
        disk.tell(f"connect {server.getsockname()[1]}")
        with server.accept()[0] as client:
            client.sendall(b"\x20\x02\0\0")
            for number in range(1, 11):
                file.seek(0)
                file.write(bytes([number]) * 4096)
                client.sendall(b"\x40\x02" + number.to_bytes(2, "big"))
                os.fdatasync(file.fileno())
    acts = [event for event in read_record(disk.record) if event.kind != MARK]
    acknowledged = [place for place, event in enumerate(acts) if event.kind == ACKNOWLEDGED]
    assert [acts[place].number for place in acknowledged] == list(range(10))
    for number, place in enumerate(acknowledged, 1):
        stored = next(at for at, event in enumerate(acts)
                      if event.kind == WRITE and event.data[:4096] == bytes([number]) * 4096)
        flushed = next(at for at in range(stored, len(acts)) if acts[at].kind == FLUSH)
        assert place < flushed
