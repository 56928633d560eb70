"""A long time in one piece: a stream that refuses and one that is always at its quota, an upstream that stops, is killed
and is cut off, a gateway that is killed; all at random. What was acknowledged of the first stream arrives, what is
missing of the second was named to the collector, and memory, descriptors and disk of the gateway do not grow.

TIDEGATE_SEED chooses what happens when. TIDEGATE_SOAK=1: an hour; else half a minute, to see that the test itself works."""

import collections
import os
import pathlib
import random
import re
import sys
import threading
import time

import paho.mqtt.client as paho

SOAK = bool(os.environ.get("TIDEGATE_SOAK"))
SEED = int(os.environ.get("TIDEGATE_SEED", "1"))
SECONDS = 3600 if SOAK else 30
LONGEST_CALM = 40 if SOAK else 8  # between two things that happen
BETWEEN_KILLS = 300 if SOAK else 10
SAMPLE_EVERY = 5 if SOAK else 1
SENSORS, RATE = 30, 10
BULK_QUOTA = "1 MB" if SOAK else "256 KiB"
POOL_BYTES = 64 << 20

SKIPPED = re.compile(r"skipped (\d+) to (\d+) \(exclusive\): evicted")
Sample = collections.namedtuple("Sample", "rss descriptors disk")


class Bulk:
    """Publishes payloads of 1 KiB at QoS 1, a hundred a second, as far as the gateway takes them."""

    def __init__(self, port):
        self.acknowledged = 0
        self._stopping = threading.Event()
        self._client = paho.Client(client_id="bulk", clean_session=False)
        self._client.reconnect_delay_set(1, 1)
        self._client.max_queued_messages_set(1000)
        self._client.on_publish = self._count
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        self._thread = threading.Thread(target=self._publish)
        self._thread.start()

    def stop(self):
        self._stopping.set()
        self._thread.join()
        self._client.disconnect()
        self._client.loop_stop()

    def _count(self, *_):
        self.acknowledged += 1

    def _publish(self):
        payload = bytes(range(256)) * 4
        while not self._stopping.wait(0.01):
            self._client.publish("bulk/x", payload, qos=1)


class Hour:
    """The programs, and what happens to them."""

    def __init__(self, site):
        self.random = random.Random(SEED)
        self.collector = site.collector()
        self.relay = site.relay(self.collector.port)
        self.gateway = site.gateway(self.relay.port, store=f'size = "{POOL_BYTES >> 20} MiB"',
                                    stream='when_full = "refuse"\nquota = "30 MB"',
                                    tables=f'[stream.bulk]\ntopics = ["bulk/#"]\nto = ["collector"]\nquota = "{BULK_QUOTA}"')
        self.fleet = site.fleet()
        self.store = site.directory / "store"
        self.happened = collections.Counter()
        self.samples = []

    def run(self):
        self.collector.start()
        self.gateway.start()
        self.fleet.start(self.gateway.ports["mqtt"], sensors=SENSORS, rate=RATE, seconds=SECONDS)
        bulk = Bulk(self.gateway.ports["mqtt"])
        try:
            self.play()
        finally:
            bulk.stop()
        assert self.fleet.wait(60) == 0, self.fleet.log()
        self.gateway.wait_until_delivered(120)
        return bulk

    def play(self):
        pause, began = threading.Event(), time.monotonic()
        due = {self.sample: 0.0, self.trouble_upstream: self.calm(), self.kill_gateway: float(BETWEEN_KILLS)}
        every = {self.sample: lambda: SAMPLE_EVERY, self.trouble_upstream: self.calm, self.kill_gateway: self.life}
        while self.fleet.running():
            act = min(due, key=due.get)
            pause.wait(max(0.0, due[act] - (time.monotonic() - began)))
            act()
            due[act] = time.monotonic() - began + every[act]()
        self.restore()

    def calm(self):
        return self.random.uniform(1, LONGEST_CALM)

    def life(self):
        return self.random.uniform(0.5, 1.5) * BETWEEN_KILLS

    def trouble_upstream(self):
        if not self.collector.running() or self.happened["away"]:
            self.restore()
            return
        how = self.random.choice(["stop", "kill", "cut"])
        self.happened[how] += 1
        self.happened["away"] = 1
        {"stop": self.collector.stop, "kill": self.collector.kill, "cut": self.relay.cut}[how]()

    def restore(self):
        self.relay.restore()
        if not self.collector.running():
            self.collector.start()
        self.happened["away"] = 0

    def kill_gateway(self):
        self.happened["gateway killed"] += 1
        self.gateway.kill()
        self.gateway.start()

    def sample(self):
        process = pathlib.Path(f"/proc/{self.gateway.process.pid}")
        status = dict(line.split(":", 1) for line in (process / "status").read_text().splitlines())
        disk = sum(path.stat().st_blocks * 512 for path in self.store.rglob("*") if path.is_file())
        self.samples.append(Sample(int(status["VmRSS"].split()[0]) << 10, len(list((process / "fd").iterdir())), disk))


def test_memory_descriptors_and_disk_stay_as_they_are(site):
    hour = Hour(site)
    bulk = hour.run()
    counts, faults = hour.fleet.verify(export(hour, "sensors"))
    bulk_records = sum(1 for _ in open(export(hour, "bulk"), encoding="utf-8"))
    skipped = sum(int(to) - int(start) for start, to in SKIPPED.findall(hour.collector.ask("list")))
    stream = next(one for one in hour.gateway.status()["streams"] if one["name"] == "bulk")
    third = len(hour.samples) // 3
    early, late = (Sample(*map(max, zip(*part))) for part in (hour.samples[:third], hour.samples[-third:]))
    print(f"\nseed {SEED}, {SECONDS} s: {dict(hour.happened)}; sensors {counts}; bulk: {bulk.acknowledged} acknowledged, "
          f"{stream['next']} stored, {bulk_records} delivered, {skipped} dropped; first third {early}, last third {late}", file=sys.stderr)
    assert counts["lost"] == counts["doubled"] == counts["reordered"] == counts["invented"] == 0, faults
    assert counts["acked"] > SECONDS * SENSORS * RATE / 2
    assert bulk.acknowledged <= stream["next"]
    assert 0 < skipped == stream["next"] - bulk_records
    assert late.rss <= early.rss * 1.2 + (4 << 20)
    assert late.descriptors <= early.descriptors + 4
    assert late.disk <= POOL_BYTES + (1 << 20)
    assert hour.gateway.stop() == 0


def export(hour, stream):
    path = hour.collector.directory / f"{stream}.jsonl"
    path.write_text(hour.collector.ask("export", "--format", "jsonl", "--stream", stream))
    return path
