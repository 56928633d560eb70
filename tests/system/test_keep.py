"""Delivered messages that a stream keeps: a collector that was restored from a backup gets again what it has lost."""

import shutil

from wire import publish

SLOT_BYTES = 2 << 20
STORE = 'size = "32 MiB"\nslot = "2 MiB"'


def deliver_slots(gateway, connect, slots):
    """Other messages that take so many slots, as they are delivered."""
    wire = connect(gateway)
    assert wire.connect("filler") == 0
    for number in range(slots * SLOT_BYTES // 8192):
        wire.publish("filler/t", bytes(8000), 1)
        wire.receive_acknowledgement()
    wire.close()
    gateway.wait_until_delivered()


FILLER = """
[stream.filler]
topics = ["filler/#"]
to = ["collector"]
"""


def test_a_collector_restored_from_a_backup_gets_again_what_is_kept(site, connect):
    collector = site.collector()
    collector.start()
    gateway = site.gateway(collector.port, store=STORE, stream='keep = "7d"', tables=FILLER)
    gateway.start()
    publish(connect, gateway, range(3))
    gateway.wait_until_delivered()
    collector.stop()
    backup = collector.database.with_suffix(".backup")
    shutil.copy(collector.database, backup)
    collector.start()
    publish(connect, gateway, range(3, 8))
    gateway.wait_until_delivered()
    deliver_slots(gateway, connect, 6)
    before = [record for record in collector.records() if record["topic"] == "sensors/t"]
    collector.stop()
    shutil.copy(backup, collector.database)
    gateway.kill()
    gateway.start()
    collector.start()
    publish(connect, gateway, [8])
    gateway.wait_until_delivered()
    after = [record for record in collector.records() if record["topic"] == "sensors/t"]
    assert [int(record["payload"]) for record in after] == list(range(9))
    identity = [(record["incarnation"], record["offset"]) for record in before]
    assert [(record["incarnation"], record["offset"]) for record in after][:8] == identity
