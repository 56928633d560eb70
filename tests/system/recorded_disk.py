"""An ext4 on a loop device on a file that records every write, flush and acknowledgement (tests/blockdev)."""

import collections
import json
import os
import shutil
import struct
import subprocess

import pytest
from programs import BUILD, wait_until
from site_of_test import run

TOOLS = BUILD / "tests/blockdev"
DISK_BYTES = 40 << 20
# As small as they come: 1,024 blocks of journal, nothing that would be written later on by the kernel alone.
MKFS = ("mkfs.ext4", "-q", "-b", "4096", "-m", "0", "-J", "size=4", "-E",
        "lazy_itable_init=0,lazy_journal_init=0,nodiscard")


def skip_unless_it_can_be_made():
    if os.geteuid() != 0:
        pytest.skip("mounting a file system wants root")
    if not (TOOLS / "recorder").exists():
        pytest.skip("the recorder is not built: libfuse3-dev was not there")
    for device in ("/dev/fuse", "/dev/loop-control"):
        if not os.access(device, os.W_OK):
            pytest.skip(f"{device} is not there, or not for us")
    if not shutil.which("losetup") or not shutil.which("mkfs.ext4"):
        pytest.skip("losetup or mkfs.ext4 is not installed")
    if subprocess.run(["unshare", "--mount", "true"], check=False, capture_output=True).returncode != 0:
        pytest.skip("no mount namespace of its own can be made here, as in a chroot")


class RecordedDisk:
    """Mounted at `path` from entering to leaving; `content` and `record` stay."""

    def __init__(self, directory):
        self.path = directory / "disk"
        self.content = directory / "content"  # what was on the device before; nothing of the record is written into it
        self.record = directory / "record"
        self._recorder = None
        self._device = None

    def __enter__(self):
        self.path.mkdir()
        with open(self.content, "wb") as file:
            os.truncate(file.fileno(), DISK_BYTES)
        must(*MKFS, self.content)
        self._recorder = subprocess.Popen([TOOLS / "recorder", self.content, self.record], text=True,
                                          stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        try:
            self._answer()
            # Direct: the device's requests reach the recorder as they are, several at a time.
            self._device = must("losetup", "--find", "--show", "--direct-io=on", self.content).strip()
            must("mount", self._device, self.path)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if os.path.ismount(self.path):
            must("umount", self.path)
        if self._device:
            must("losetup", "--detach", self._device)
            wait_until(lambda: not run("losetup", "--associated", self.content).stdout, "the loop device lets go")
        self._recorder.stdin.close()
        self._recorder.wait(20)

    def tell(self, words):
        """What the recorder does is in tests/blockdev/recorder.cpp; how many messages each client has sent so far."""
        self._recorder.stdin.write(words + "\n")
        self._recorder.stdin.flush()
        return self._answer()

    def _answer(self):
        line = self._recorder.stdout.readline()
        assert line, "the recorder has ended"
        return [int(word) for word in line.split()]


Event = collections.namedtuple("Event", "kind client number data")  # number: of a message, or a position
WRITE, FLUSH, ACKNOWLEDGED, MARK = 1, 2, 3, 4


def read_record(path):
    """All events, as tests/blockdev/record.cpp writes them."""
    head, rest = struct.Struct("<BIQI"), path.read_bytes()
    while rest:
        *fields, length = head.unpack_from(rest)
        yield Event(*fields, rest[head.size:head.size + length])
        rest = rest[head.size + length:]


class CrashStates:
    """What may be left of a recorded disk."""

    def __init__(self, disk, config, delivered):
        """`delivered`: (client, number) of each message that the upstream has."""
        self._command = [TOOLS / "crash_states", "--record", disk.record, "--content", disk.content, "--config", config,
                         "--directory", disk.path, "--delivered", disk.record.with_name("delivered")]
        disk.record.with_name("delivered").write_text("".join(f"{client} {number}\n" for client, number in delivered))

    def look_at(self, *options):
        """{"states": {...}, "violations": [...]}"""
        done = subprocess.run(self.command(*options), check=False, capture_output=True, text=True)
        assert done.returncode in (0, 1), done.stderr
        return json.loads(done.stdout)

    def write(self, state, seed, path):
        """The image of that state into `path`; {"damage": ..., "acknowledged": [messages by client]}."""
        return json.loads(must(*self.command("--seed", seed, "--only", state, "--write", path)))

    def command(self, *options):
        return [str(word) for word in (*self._command, *options)]


def must(*command):
    """Its output."""
    done = run(*command)
    assert done.returncode == 0, f"{' '.join(map(str, command))}: {done.stderr}"
    return done.stdout
