"""The card turns read-only, as ext4 makes it after an error: the gateway starts, delivers what is there, acknowledges
nothing and says why. When the card is well again it goes on."""

import subprocess
import urllib.error

import pytest

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
    gateway.kill()

    remount("rw")
    gateway.start()
    assert gateway.get("/readyz")
    wire = connect(gateway)
    assert wire.connect("sensor") == 0
    wire.publish("sensors/x", b"taken", 1)
    assert wire.receive_acknowledgement() == 1
