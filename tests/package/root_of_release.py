"""A clean root of a Debian release, to install packages into. Programs of other architectures run by qemu-user."""

import os
import pathlib
import shutil
import subprocess

from packages import ROOT, field

CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache")) / "tidegate"
BINFMT = pathlib.Path("/proc/sys/fs/binfmt_misc")
QEMU = {"arm64": "qemu-aarch64", "armhf": "qemu-arm"}
ANSWERS_NOTHING = {"DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8", "PATH": os.environ["PATH"] + ":/usr/sbin:/sbin"}
# For scripts: a command, tried until it succeeds, for a minute.
WAIT = """
wait_for() { tries=0; until sh -c "$1" >/dev/null 2>&1; do
  tries=$((tries + 1)); [ $tries -lt 600 ] || { echo "not in time: $1"; cat /tmp/*.log; exit 1; }; sleep 0.1; done; }
"""


class RootOfRelease:
    """`directory` becomes the root. Whatever runs in it ends with the command that started it; mounts too."""

    def __init__(self, directory, release, arch):
        self.directory = directory
        archive = CACHE / f"root-{release}-{arch}.tar"
        if arch in QEMU:
            register_emulator(QEMU[arch])
        if not archive.exists():
            make_archive(archive, release, arch)
        directory.mkdir()
        subprocess.run(["tar", "-x", "-f", archive, "-C", directory], check=True)
        shutil.copy("/etc/resolv.conf", directory / "etc/resolv.conf")
        (directory / "etc/machine-id").write_text("0123456789abcdef0123456789abcdef\n")
        self.policy = directory / "usr/sbin/policy-rc.d"  # nothing starts: what is installed beside ours wants our ports
        self.policy.write_text("#!/bin/sh\nexit 101\n")
        self.policy.chmod(0o755)
        self.run("apt-get update -q")

    def run(self, script, seconds=900, network=True):
        """Output of a shell script that stops at its first failure. Without `network`: a loopback of its own, on
        which every port is free."""
        enter = ["unshare", "--mount", "--pid", "--fork", "--kill-child", f"--mount-proc={self.directory}/proc"]
        loopback = "" if network else "ip link set lo up && "
        command = enter + ([] if network else ["--net"]) + [
            "sh", "-c", loopback + 'exec chroot "$0" sh -ec "$1"', self.directory, script]
        return output(command, script, seconds)

    def satisfy(self, packages, *others):
        """Installs all that these packages ask for, from the release itself, so that what comes after is theirs alone."""
        for package in packages:
            self.run(f"apt-get satisfy -q -y --no-install-recommends '{', '.join([field(package, 'Depends'), *others])}'")

    def files(self):
        """Every path, except where dpkg, apt and the logs keep their own notes."""
        notes = ("var/lib/dpkg", "var/lib/apt", "var/cache", "var/log", "tmp", "proc", "dev")
        found = {path.relative_to(self.directory).as_posix() for path in self.directory.rglob("*")}
        return {path for path in found if not path.startswith(notes)}


def output(command, script, seconds):
    done = subprocess.run(command, check=False, env=ANSWERS_NOTHING, stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=seconds)
    assert done.returncode == 0, f"exit status {done.returncode}:\n{script}\n{done.stdout[-4000:]}"
    return done.stdout


def register_emulator(name):
    if not (BINFMT / "register").exists():
        subprocess.run(["mount", "-t", "binfmt_misc", "binfmt_misc", BINFMT], check=True)
    if not (BINFMT / name).exists():
        (BINFMT / "register").write_bytes(pathlib.Path(f"/usr/lib/binfmt.d/{name}.conf").read_bytes().strip())


def make_archive(archive, release, arch):
    archive.parent.mkdir(parents=True, exist_ok=True)
    sources = subprocess.run([ROOT / "toolchains/debian-sources", release], check=True, capture_output=True).stdout
    draft = archive.with_suffix(".new.tar")
    try:
        # An architecture's security index is now and then out of step with its packages; the release alone is enough.
        for lines in (sources, b"".join(line for line in sources.splitlines(True) if b"-security " not in line)):
            done = subprocess.run(["mmdebstrap", "--quiet", "--variant=minbase", f"--architectures={arch}", release,
                                   draft, "-"], check=False, input=lines, capture_output=True)
            if done.returncode == 0:
                draft.rename(archive)
                return
        raise RuntimeError(done.stderr.decode())
    finally:
        draft.unlink(missing_ok=True)
