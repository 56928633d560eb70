"""The packages in a clean root of each release: installed, a message through, upgraded, purged. Slow: `make packagetest`,
after `make package`."""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile

import pytest
from packages import built, field
from root_of_release import RootOfRelease

# What any package that adds a user leaves: passwd(5)'s backups and lock.
LEFT_BY_ADDING_USERS = {"etc/passwd-", "etc/group-", "etc/shadow-", "etc/gshadow-", "etc/.pwd.lock"}
CONFFILE = "etc/tidegate/tidegate.toml"
UPSTREAM = """
[upstream.cloud]
grpc = "127.0.0.1:7070"
tls = false
[stream.sensors]
topics = ["sensors/#"]
to = ["cloud"]
[store]
size = "64 MiB"
"""
AS_TIDEGATE = "setpriv --reuid=tidegate --regid=tidegate --clear-groups"
# A command, tried until it succeeds, for a minute.
WAIT = """
wait_for() { tries=0; until sh -c "$1" >/dev/null 2>&1; do
  tries=$((tries + 1)); [ $tries -lt 600 ] || { echo "not in time: $1"; cat /tmp/*.log; exit 1; }; sleep 0.1; done; }
"""


@pytest.fixture(name="scratch")
def scratch_fixture():
    with tempfile.TemporaryDirectory(prefix="tidegate-package-") as directory:
        yield pathlib.Path(directory)


@pytest.mark.parametrize("arch", ["amd64", "arm64"])
@pytest.mark.parametrize("release", ["bookworm", "trixie"])
def test_a_package_is_installed_used_upgraded_and_purged(release, arch, scratch):
    packages = built(release, arch)
    if len(packages) != 2:
        pytest.skip(f"there are no packages for {release} {arch}: make package")
    if os.geteuid() != 0 or not shutil.which("mmdebstrap"):
        pytest.skip("a root is made and entered by root, with mmdebstrap")
    root = RootOfRelease(scratch / "root", release, arch)
    install_dependencies(root, packages)
    before = root.files()

    install(root, [older(package, scratch) for package in packages])
    unconfigured_start(root)
    (root.directory / "etc/tidegate/conf.d/upstream.toml").write_text(UPSTREAM)
    with open(root.directory / CONFFILE, "a", encoding="utf-8") as file:
        file.write("# the owner was here\n")
    assert messages_through(root, "before") == ["before"]

    install(root, packages)
    assert "the owner was here" in (root.directory / CONFFILE).read_text(), "an upgrade keeps the conffile"
    assert messages_through(root, "after") == ["before", "after"], "an upgrade keeps what is stored"

    root.run("apt-get remove -q -y tidegate")
    assert (root.directory / "var/lib/tidegate/store").exists(), "removal keeps what is stored"
    root.run("apt-get purge -q -y tidegate tidegate-collector")
    for accounts in ("passwd", "group"):
        assert "tidegate" not in (root.directory / "etc" / accounts).read_text()
    assert root.files() - before - LEFT_BY_ADDING_USERS == set()
    assert before - root.files() == set(), "nothing of others is taken"


def older(package, scratch):
    """The same package under a lower version."""
    tree = scratch / package.stem
    subprocess.run(["dpkg-deb", "-R", package, tree], check=True)
    control = tree / "DEBIAN/control"
    control.write_text(re.sub(r"(?m)^Version: ", "Version: 0~", control.read_text()))
    subprocess.run(["dpkg-deb", "--root-owner-group", "-Zgzip", "--build", tree, scratch / f"older-{package.name}"],
                   check=True, stdout=subprocess.DEVNULL)
    return scratch / f"older-{package.name}"


def install_dependencies(root, packages):
    """All that the packages ask for, from the release itself, so that what comes after is theirs alone."""
    for package in packages:
        root.run(f"apt-get satisfy -q -y --no-install-recommends '{field(package, 'Depends')}, mosquitto-clients'")


def install(root, packages):
    for package in packages:
        shutil.copy(package, root.directory / "tmp")
    names = " ".join(f"/tmp/{package.name}" for package in packages)
    root.run(f"apt-get install -q -y --no-install-recommends {names}; rm {names}")


def unconfigured_start(root):
    """As installed it runs, and says in one line how to let sensors in."""
    said = root.run(WAIT + f"""
      {AS_TIDEGATE} tidegated 2>/tmp/first.log & daemon=$!
      wait_for 'mosquitto_pub -h 127.0.0.1 -q 1 -t sensors/a -m x'
      kill $daemon; wait $daemon; cat /tmp/first.log; rm /tmp/first.log
    """, network=False)
    lines = [line for line in said.splitlines() if "only this machine can connect" in line]
    assert len(lines) == 1 and f"/{CONFFILE}" in lines[0], said


def messages_through(root, payload):
    """Publishes one, waits until it is in the collector, and gives the payloads that the collector holds."""
    told = root.run(WAIT + f"""
      tidegate-collector serve --db /tmp/collector.db 2>/tmp/collector.log >&2 & collector=$!
      {AS_TIDEGATE} tidegated 2>/tmp/daemon.log & daemon=$!
      held=$(tidegate-collector count --db /tmp/collector.db 2>/dev/null || echo 0)
      wait_for 'mosquitto_pub -h 127.0.0.1 -q 1 -t sensors/a -m {payload}'
      wait_for "test \\$(tidegate-collector count --db /tmp/collector.db) -gt $held"
      kill $daemon $collector; wait $daemon; wait $collector; rm /tmp/*.log
      tidegate-collector export --format csv --db /tmp/collector.db
    """, network=False)
    return re.findall(r"\b(before|after)\b", told)
