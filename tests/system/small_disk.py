"""A small file system of a test's own."""

import contextlib
import os
import subprocess

import pytest
from site_of_test import run

DISK_BYTES = 32 << 20


@contextlib.contextmanager
def small_disk(directory):
    """The directory of a mounted file system: ext4 on a loop device, or memory where there is none."""
    image, place = directory / "image", directory / "disk"
    place.mkdir()
    with open(image, "wb") as file:
        os.truncate(file.fileno(), DISK_BYTES)
    if os.geteuid() != 0:
        pytest.skip("mounting a small file system wants root")
    mounted = run("mkfs.ext4", "-q", "-m", "0", image).returncode == 0 and \
        run("mount", "-o", "loop", image, place).returncode == 0
    if not mounted and run("mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", place).returncode != 0:
        pytest.skip("nothing can be mounted here: neither a loop device nor tmpfs")
    yield place
    subprocess.run(["umount", place], check=True)
