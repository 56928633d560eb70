"""The gateway on a machine of its own, whose power can be cut: a guest of QEMU with a kernel of Debian (tests/qemu). Its
drive is an ext4 behind QEMU's blklogwrites; what a cut leaves of it is built from that log (tests/blockdev)."""

import json
import os
import pathlib
import shutil
import signal
import struct

import pytest
from programs import BUILD, ROOT, Gateway, Overdue, free_port, wait_until
from recorded_disk import DISK_BYTES, MKFS, TOOLS, must

KERNEL = ROOT / "build/guest-kernel"
HOST = "10.0.2.2"  # as the guest sees it
PORTS = {"mqtt": 1883, "control": 8420}  # in the guest
START_S = 60  # an emulated machine on a busy host
FLUSH = struct.pack("<QQQ488x", 0, 0, 1)  # an entry of the log of writes
# The pool is small enough to be filled and used again within some cuts.
CONFIGURATION = """
[gateway]
id = "gateway-of-the-test"
crash_loop = "0 s"
[mqtt]
listen = "0.0.0.0:{mqtt}"
[control]
listen = "0.0.0.0:{control}"
[store]
path = "/disk/store"
size = "20 MiB"
slot = "2 MiB"
[upstream.collector]
grpc = "{host}:{upstream}"
tls = false
[stream.sensors]
topics = ["sensors/#"]
to = ["collector"]
when_full = "refuse"
"""


def skip_unless_it_can_run():
    for program in ("qemu-system-x86_64", "busybox", "cpio", "strip", "mkfs.ext4"):
        if not shutil.which(program):
            pytest.skip(f"{program} is not installed")
    if not (KERNEL / "vmlinuz").exists():
        pytest.skip("there is no kernel for a guest: toolchains/guest-kernel")


class Guest(Gateway):
    """Ports are those of the host that lead to the gateway in the guest. The log is the guest's console."""

    def __init__(self, directory):
        self.upstream_port = free_port()  # of the host
        super().__init__(directory, CONFIGURATION.format(host=HOST, upstream=self.upstream_port, **PORTS), "guest")
        self.ports = {name: free_port() for name in PORTS}
        self.initramfs = self.directory / "initramfs"
        self.content = self.directory / "content"  # of the drive when the power came
        self.drive = self.directory / "drive"  # QEMU's own copy of it, which nobody else looks at
        self.log_of_writes = self.directory / "log-of-writes"
        must(ROOT / "tests/qemu/initramfs", BUILD / "bin/tidegated", KERNEL, self.initramfs)
        self._log_begin = 0
        self._make_file_system()

    def _make_file_system(self):
        folder = self.directory / "first-content"
        folder.mkdir()
        shutil.copy(self.config, folder / "tidegated.toml")
        with open(self.content, "wb") as file:
            os.truncate(file.fileno(), DISK_BYTES)
        must(*MKFS, "-d", folder, self.content)

    def start(self, mount_options="defaults"):
        """Power on, until the gateway takes in messages. `mount_options`: of the ext4."""
        self.power_on(mount_options)
        wait_until(self._started, "the gateway starts in the guest", START_S)

    def power_on(self, mount_options="defaults"):
        shutil.copyfile(self.content, self.drive)
        self.log_of_writes.write_bytes(b"")
        self._log_begin = len(self.log())
        self.start_process(["qemu-system-x86_64", *self._machine(mount_options), *self._drive(), *self._network()])

    def wait_for_writes(self, size):
        """Until so many bytes were written to the drive, or the gateway takes in messages and may write no more."""
        wait_until(lambda: self._started() or self._logged_bytes() >= size, f"{size} bytes are written", START_S)

    def stop_between_a_write_and_its_flush(self):
        """The machine stands still, at a moment of chance at which a flush is missing."""
        while True:
            self.process.send_signal(signal.SIGSTOP)
            wait_until(self._stands_still, "QEMU stands still")
            log = self.log_of_writes.read_bytes()
            if not log.endswith(FLUSH):
                return
            self.process.send_signal(signal.SIGCONT)
            wait_until(lambda: self._logged_bytes() > len(log), "more is written")

    def cut_power(self, seed, log_of_writes=None, damage=None):
        """What the cut does to the drive's unflushed writes is chance's choice unless `damage` names it; `log_of_writes`
        instead of the drive's own. {"damage": ..., "unflushed": writes}"""
        self.kill()
        left = self.directory / "left"
        command = [TOOLS / "crash_states", "--log", log_of_writes or self.log_of_writes, "--content", self.content,
                   "--config", self.config, "--seed", seed, "--only", 0, "--write", left]
        cut = json.loads(must(*command, *(["--damage", damage] if damage else [])))
        self.log_of_writes.rename(self.directory / "log-of-writes-before")
        self.content.rename(self.directory / "content-before")
        left.rename(self.content)
        return {name: cut[name] for name in ("damage", "unflushed")}

    def keep(self, name):
        """For who looks after a failure: the drive before the last cut and after it, what was written, the console."""
        kept = BUILD / f"guest-power-cut/{name}"
        shutil.rmtree(kept, ignore_errors=True)
        shutil.copytree(self.directory, kept, ignore=shutil.ignore_patterns("initramfs", "drive", "*.ports"))
        return kept

    def _started(self):
        log = self.log()[self._log_begin:]
        if not self.running():
            raise Overdue(f"the guest has ended:\n{log}")
        return "gateway.started" in log

    def _logged_bytes(self):
        return self.log_of_writes.stat().st_size

    def _stands_still(self):
        state = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()[0]
        return state == "T"

    def _machine(self, mount_options):
        # No KVM: a machine that is there everywhere, and slow, so that a cut meets it between any two steps.
        return ["-accel", "tcg", "-machine", "pc", "-cpu", "max", "-m", "256", "-no-user-config", "-nodefaults", "-no-reboot",
                "-display", "none", "-serial", "stdio", "-kernel", KERNEL / "vmlinuz", "-initrd", self.initramfs,
                "-append", f"console=ttyS0 quiet panic=-1 mount_options={mount_options}"]

    def _drive(self):
        # The host's own cache survives the guest, so nothing is flushed on the host; and the log has its flush where the
        # guest asked for it. Without discard and write-zeroes the log consists of writes and flushes (and QEMU before 9.0
        # logs zeroes wrongly).
        node = (f"driver=blklogwrites,node-name=drive,log-sector-size=512,file.driver=file,file.filename={self.drive},"
                f"file.cache.no-flush=on,log.driver=file,log.filename={self.log_of_writes},log.cache.no-flush=on")
        return ["-blockdev", node, "-device", "virtio-blk-pci,drive=drive,write-cache=on,discard=off,write-zeroes=off"]

    def _network(self):
        ways = "".join(f",hostfwd=tcp:127.0.0.1:{self.ports[name]}-:{port}" for name, port in PORTS.items())
        return ["-netdev", f"user,id=network{ways}", "-device", "virtio-net-pci,netdev=network,romfile="]
