"""A small real file system fills up: a stream drops its oldest or refuses, as configured, and goes on when there is
space again. Nothing that was acknowledged is lost otherwise."""

import os
import subprocess

import pytest
from site_of_test import run

DISK_BYTES = 32 << 20
PAYLOAD_BYTES = 8000


@pytest.fixture(name="small_disk")
def small_disk_fixture(tmp_path):
    """The directory of a mounted file system: ext4 on a loop device, or memory where there is none."""
    directory, image = tmp_path / "disk", tmp_path / "image"
    directory.mkdir()
    with open(image, "wb") as file:
        os.truncate(file.fileno(), DISK_BYTES)
    if os.geteuid() != 0:
        pytest.skip("mounting a small file system wants root")
    mounted = run("mkfs.ext4", "-q", "-m", "0", image).returncode == 0 and \
        run("mount", "-o", "loop", image, directory).returncode == 0
    if not mounted and run("mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", directory).returncode != 0:
        pytest.skip("nothing can be mounted here: neither a loop device nor tmpfs")
    yield directory
    subprocess.run(["umount", directory], check=True)


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


def publish_until_withheld(client, most, patience=2.0):
    """Sends one message at a time, at most `most`; how many were acknowledged before one was not for a while."""
    for number in range(most):
        client.publish("sensors/big", payload(number), number % 65535 + 1)
        try:
            assert client.receive_acknowledgement(timeout=patience) == number % 65535 + 1
        except TimeoutError:
            return number
    return most


def numbers(records):
    """What the payloads say, which are whole."""
    found = []
    for one in records:
        assert one["payload"] == one["payload"][:8] * (PAYLOAD_BYTES // 8)
        found.append(int(one["payload"][:8]))
    return found


def test_drop_oldest_drops_counts_and_keeps_acknowledging(full_site, connect):
    site, make_gateway, _ = full_site
    collector = site.collector()
    gateway = make_gateway(collector.port, "drop-oldest")
    gateway.start()
    client = connect(gateway)
    assert client.connect("a") == 0
    total = 2 * DISK_BYTES // PAYLOAD_BYTES
    assert publish_until_withheld(client, total, patience=10) == total

    collector.start()
    gateway.wait_until_delivered()
    held = numbers(collector.records())
    assert held == list(range(total - len(held), total)), "the newest, in order, without a hole"
    dropped = sum(gateway.status()["streams"][0]["dropped"].values())
    assert dropped + len(held) == total, "what is not there is counted"
    assert len(held) > total / 8


def test_refuse_withholds_until_the_upstream_takes_what_is_there(full_site, connect):
    site, make_gateway, _ = full_site
    collector = site.collector()
    gateway = make_gateway(collector.port, "refuse")
    gateway.start()
    client = connect(gateway)
    assert client.connect("a") == 0
    total = 2 * DISK_BYTES // PAYLOAD_BYTES
    acknowledged = publish_until_withheld(client, total)
    assert DISK_BYTES // 8 // PAYLOAD_BYTES < acknowledged < total
    assert not any(gateway.status()["streams"][0]["dropped"].values())

    collector.start()
    assert client.receive_acknowledgement(timeout=20) == acknowledged + 1, "the withheld one, when there is room"
    gateway.wait_until_delivered()
    assert numbers(collector.records()) == list(range(acknowledged + 1))


def test_refuse_goes_on_when_somebody_else_gives_space_back(full_site, connect):
    _, make_gateway, disk = full_site
    gateway = make_gateway(None, "refuse")
    gateway.start()
    client = connect(gateway)
    assert client.connect("a") == 0
    fill(disk / "somebody-elses-file")
    acknowledged = publish_until_withheld(client, DISK_BYTES // PAYLOAD_BYTES)
    (disk / "somebody-elses-file").unlink()
    assert client.receive_acknowledgement(timeout=20) == acknowledged + 1


def test_what_was_acknowledged_on_a_full_disk_survives_a_kill(full_site, connect):
    site, make_gateway, disk = full_site
    collector = site.collector()
    gateway = make_gateway(collector.port, "refuse")
    gateway.start()
    client = connect(gateway)
    assert client.connect("a") == 0
    fill(disk / "somebody-elses-file")
    acknowledged = publish_until_withheld(client, DISK_BYTES // PAYLOAD_BYTES, patience=1.0)
    gateway.kill()
    gateway.start()
    collector.start()
    gateway.wait_until_delivered()
    assert numbers(collector.records())[:acknowledged] == list(range(acknowledged))


def fill(path):
    """Takes all the space that is left."""
    with open(path, "wb", buffering=0) as file:
        try:
            while file.write(bytes(1 << 20)):
                pass
        except OSError:
            pass
