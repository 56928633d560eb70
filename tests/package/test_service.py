"""tidegated.service under the systemd of each release: the package starts it; it is sandboxed, watched, started again."""

import os
import pathlib
import shutil
import subprocess
import tempfile

import pytest
from booted_root import BootedRoot
from packages import built, older
from root_of_release import RootOfRelease

UNIT = "tidegated.service"
# What systemd waits, shortened; that the daemon is told of it, and keeps to it, is the subject.
IMPATIENT = """
[Service]
RestartSec=100ms
WatchdogSec=2s
"""
PUBLISH = "mosquitto_pub -h 127.0.0.1 -q 1 -t sensors/a -m x"


@pytest.mark.parametrize("release", ["bookworm", "trixie"])
def test_systemd_starts_watches_restarts_and_stops_the_daemon(release):
    arch = subprocess.run(["dpkg", "--print-architecture"], check=True, capture_output=True, text=True).stdout.strip()
    packages = [package for package in built(release, arch) if package.name.startswith("tidegate_")]
    if not packages:
        pytest.skip(f"there is no package for {release} {arch}: make package")
    if os.geteuid() != 0 or not shutil.which("mmdebstrap") or not shutil.which("systemd-nspawn"):
        pytest.skip("a root is made and booted by root, with mmdebstrap and systemd-nspawn")
    with tempfile.TemporaryDirectory(prefix="tidegate-package-") as directory:
        scratch = pathlib.Path(directory)
        root = RootOfRelease(scratch / "root", release, arch)
        root.satisfy(packages, "systemd-sysv", "mosquitto-clients")
        shutil.copy(older(packages[0], scratch), root.directory / "old.deb")
        shutil.copy(packages[0], root.directory / "new.deb")
        with BootedRoot(root) as system:
            installed(system)
            upgraded(system)
            killed(system)
            hung(system)
            misconfigured(system)
            removed(system)


def installed(system):
    """Ready when the installation ends, and says so; without capabilities, filtered, as its own user."""
    system.run("dpkg -i /old.deb")
    assert system.property(UNIT, "ActiveState") == "active"
    assert system.property(UNIT, "StatusText") == "taking in MQTT on 127.0.0.1:1883"
    system.run(PUBLISH)
    pid = system.property(UNIT, "MainPID")
    status = dict(line.split(":\t") for line in system.run(f"cat /proc/{pid}/status").splitlines() if ":\t" in line)
    assert (int(status["CapEff"], 16), status["NoNewPrivs"], status["Seccomp"]) == (0, "1", "2")
    assert system.run(f"stat -c %U:%G /proc/{pid}").strip() == "tidegate:tidegate"


def upgraded(system):
    """The daemon of the new package runs, with what the owner changed in its unit."""
    before = system.property(UNIT, "MainPID")
    drop_in = system.root.directory / "etc/systemd/system/tidegated.service.d/impatient.conf"
    drop_in.parent.mkdir()
    drop_in.write_text(IMPATIENT)
    system.run("dpkg -i /new.deb")
    assert system.property(UNIT, "ActiveState") == "active"
    assert system.property(UNIT, "MainPID") != before
    system.run(PUBLISH)


def killed(system):
    restarted_after(system, "KILL")


def hung(system):
    """Nothing but the watchdog can tell: its process is there, and stopped."""
    restarted_after(system, "STOP")
    assert "Watchdog timeout" in system.run(f"journalctl --unit {UNIT}")


def restarted_after(system, signal):
    count = int(system.property(UNIT, "NRestarts"))
    system.run(f"systemctl kill --signal={signal} {UNIT}")
    system.run(f"""
      wait_for 'test $(systemctl show --property=NRestarts --value {UNIT}) -gt {count}'
      wait_for 'systemctl is-active {UNIT}'
    """)
    system.run(PUBLISH)


def misconfigured(system):
    """All faults are in the log, and it is not tried again."""
    bad = system.root.directory / "etc/tidegate/conf.d/bad.toml"
    bad.write_text("nonsense = 1\n")
    system.run(f"if systemctl restart {UNIT}; then exit 1; fi")
    assert system.property(UNIT, "ExecMainStatus") == "78"
    assert system.property(UNIT, "ActiveState") == "failed"
    assert "bad.toml:1" in system.run(f"journalctl --unit {UNIT}")
    bad.unlink()
    system.run(f"systemctl start {UNIT}; {PUBLISH}")


def removed(system):
    pid = system.property(UNIT, "MainPID")
    system.run(f"dpkg --remove tidegate; test ! -e /proc/{pid}")
    assert system.property(UNIT, "ActiveState") in ("inactive", "failed")
    system.run("dpkg --purge tidegate; systemctl daemon-reload")
    assert system.property(UNIT, "LoadState") == "not-found"
    assert "tidegate" not in (system.root.directory / "etc/passwd").read_text()
