"""A wall clock that a test sets, for the programs that run in it; monotonic time is the real one, unless it says otherwise."""

import os
import struct
import subprocess
import time
import uuid

import pytest
from programs import BUILD

LIBRARY = BUILD / "tests/peers/jumping_clock.so"


class JumpingClock:
    """The wall clock of the gateways that run in it."""

    def __init__(self, directory):
        if not LIBRARY.exists():
            pytest.skip(f"{LIBRARY} is not built, as under a sanitizer")
        self.path = directory / "clock"
        self.path.touch()
        self.boot_path = directory / "boot"
        self.wrapper = ["env", f"LD_PRELOAD={LIBRARY}", f"TIDEGATE_TEST_CLOCK={self.path}"]
        self.set(0, synchronised=False)

    def set(self, offset_s, synchronised, boot_offset_s=0):
        """Without telling the kernel's timers."""
        with open(self.path, "r+b", buffering=0) as file:
            file.write(struct.pack("=qqi", round(offset_s * 1e6), round(boot_offset_s * 1e6), synchronised))

    def step(self, *setting):
        self.set(*setting)
        os.utime(self.path)

    def wrong(self):
        """It begins in 1970 again, and nobody has set it."""
        self.set(-time.time(), synchronised=False)

    def right(self):
        self.set(0, synchronised=True)

    def of_another_boot(self):
        """A wrapper in which the kernel names a boot that has not been yet."""
        if os.geteuid() != 0 or subprocess.run(["unshare", "--mount", "true"], check=False).returncode != 0:
            pytest.skip("to name another boot wants root and a mount namespace of its own")
        self.boot_path = self.boot_path.with_name(f"boot-{uuid.uuid4()}")
        self.boot_path.write_text(f"{uuid.uuid4()}\n")
        mount = f"mount --bind {self.boot_path} /proc/sys/kernel/random/boot_id && exec \"$@\""
        return ["unshare", "--mount", "sh", "-c", mount, "sh", *self.wrapper]
