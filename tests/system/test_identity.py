"""Two stores are never one: a restored backup, a copied card and a re-flashed box lose nothing and double nothing."""

import shutil

from wire import publish


def payloads(collector):
    return sorted(int(record["payload"]) for record in collector.records())


def test_what_a_restored_backup_takes_in_arrives_beside_what_the_original_had_sent(site, connect):
    collector = site.collector()
    collector.start()
    gateway = site.gateway(collector.port)
    store, backup = site.directory / "store", site.directory / "backup"

    gateway.start()
    publish(connect, gateway, range(0, 40))
    gateway.wait_until_delivered()
    assert gateway.stop() == 0
    shutil.copytree(store, backup)

    gateway.start()
    publish(connect, gateway, range(40, 90))  # the backup knows nothing of these
    gateway.wait_until_delivered()
    gateway.kill()
    assert collector.stop() == 0

    shutil.rmtree(store)
    shutil.copytree(backup, store)
    # Two starts that hear nothing from the collector: fewer messages than it already has, then more.
    gateway.start()
    publish(connect, gateway, range(90, 110))
    gateway.kill()
    gateway.start()
    publish(connect, gateway, range(110, 170))
    collector.start()
    gateway.wait_until_delivered()

    assert payloads(collector) == list(range(170))
    assert "route.upstream_knows_other_records" in gateway.log(), "the owner is told"


def test_a_copied_card_in_a_second_board_with_a_backlog(site, connect):
    """Both boards hold the same backlog under the same gateway id: it arrives once, and what each adds arrives too."""
    collector = site.collector()
    gateway = site.gateway(collector.port)
    gateway.start()
    publish(connect, gateway, range(0, 30))
    gateway.kill()
    copied = site.gateway(collector.port, path=site.directory / "copied")
    shutil.copytree(site.directory / "store", site.directory / "copied")

    gateway.start()
    publish(connect, gateway, range(30, 60))
    collector.start()
    gateway.wait_until_delivered()
    assert gateway.stop() == 0
    copied.start()
    publish(connect, copied, range(60, 80))
    copied.wait_until_delivered()
    assert payloads(collector) == list(range(80))


def test_a_box_that_was_flashed_anew_begins_again_under_its_old_name(site, connect):
    collector = site.collector()
    collector.start()
    gateway = site.gateway(collector.port)
    for numbers in (range(0, 30), range(30, 50)):
        gateway.start()
        publish(connect, gateway, numbers)
        gateway.wait_until_delivered()
        assert gateway.stop() == 0
        shutil.rmtree(site.directory / "store")
    assert payloads(collector) == list(range(50))
    assert "route.upstream_knows_other_records" in gateway.log(), "the owner is told"
