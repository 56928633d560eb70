"""The card turns read-only, as ext4 makes it after an error: the gateway starts, delivers what is there, acknowledges
nothing and says why. When the card is well again it goes on."""

import os
import subprocess
import urllib.error

import pytest
from programs import wait_until
from site_of_test import configuration, tidegated

MESSAGES = 20


@pytest.fixture(name="remount")
def remount_fixture(small_disk):
    def remount(how):
        subprocess.run(["mount", "-o", f"remount,{how}", small_disk], check=True)
    yield remount
    remount("rw")


def reason_not_ready(gateway):
    with pytest.raises(urllib.error.HTTPError) as unready:
        gateway.get("/readyz")
    assert unready.value.code == 503
    return unready.value.read().decode()


def test_a_start_on_a_read_only_disk_delivers_and_acknowledges_nothing(small_disk, remount, site, connect):
    collector = site.collector()
    gateway = site.gateway(collector.port, path=small_disk / "store")
    gateway.start()
    wire = connect(gateway)
    assert wire.connect("sensor") == 0
    for number in range(MESSAGES):
        wire.publish("sensors/x", str(number).encode(), number + 1)
    for number in range(MESSAGES):
        assert wire.receive_acknowledgement() == number + 1
    gateway.kill()

    remount("ro")
    gateway.start()
    assert "Read-only file system" in reason_not_ready(gateway)
    wire = connect(gateway)
    assert wire.connect("sensor") == 0
    wire.publish("sensors/x", b"refused", 1)
    with pytest.raises(TimeoutError):
        wire.receive_acknowledgement(1.0)
    collector.start()
    gateway.wait_until_delivered()
    assert [one["payload"] for one in collector.records()] == [str(number) for number in range(MESSAGES)]
    assert gateway.stop() == 0
    gateway.start()
    assert "Read-only file system" in reason_not_ready(gateway)

    remount("rw")
    assert_takes_messages_again(gateway, connect)


def assert_takes_messages_again(gateway, connect):
    """By itself: nobody has to start it."""
    starts = gateway.log().count("gateway.started")
    wait_until(lambda: gateway.log().count("gateway.started") > starts, "it starts anew")
    assert gateway.running()
    wire = connect(gateway)
    assert wire.connect("sensor") == 0
    wire.publish("sensors/x", b"taken", 1)
    assert wire.receive_acknowledgement() == 1
    assert gateway.stop() == 0


def test_a_directory_that_may_not_be_made_stops_the_start_and_says_what_to_do(small_disk, remount, tmp_path):
    """As the packaged service is with a store.path outside its own: to it the rest of the machine is read-only."""
    remount("ro")
    path = small_disk / "tidegate"
    config = tmp_path / "tidegate.toml"
    config.write_text(configuration(7070, path))
    done = tidegated("--config", config)
    assert done.returncode == 1
    assert f"create directory {path}: Read-only file system: make it, and give it to the user who runs this" in done.stderr
    assert f"needs ReadWritePaths={path} under [Service] of `systemctl edit tidegated`" in done.stderr


@pytest.mark.parametrize("rights", ["not to be written", "not to be read"])
def test_a_directory_with_wrong_rights_does_not_stop_the_start(rights, site, connect):
    """As after somebody ran it once as root. The test may be root itself, for whom rights mean nothing."""
    ordinary = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.geteuid() == 0 else []
    store = site.directory / "of-somebody"
    collector = site.collector()
    gateway = site.gateway(collector.port, path=store)
    gateway.start(ordinary)
    wire = connect(gateway)
    assert wire.connect("sensor") == 0
    wire.publish("sensors/x", b"before", 1)
    assert wire.receive_acknowledgement() == 1
    assert gateway.stop() == 0

    files = [path for path in store.rglob("*") if path.is_file()]
    for path in [store, store / "store", *files]:
        path.chmod(0o555 if path.is_dir() else 0o444 if rights == "not to be written" else 0)
    gateway.start(ordinary)
    assert "Permission denied; check its owner and rights" in reason_not_ready(gateway)
    assert ("store.no_lock" in gateway.log()) == (rights == "not to be read")
    wire = connect(gateway)
    assert wire.connect("sensor") == 0
    wire.publish("sensors/x", b"refused", 1)
    with pytest.raises(TimeoutError):
        wire.receive_acknowledgement(1.0)

    for path in [store, store / "store", *files]:
        path.chmod(0o755 if path.is_dir() else 0o644)
    assert_takes_messages_again(gateway, connect)
    gateway.start(ordinary)
    collector.start()
    gateway.wait_until_delivered()
    assert [one["payload"] for one in collector.records()] == ["before", "taken"]
