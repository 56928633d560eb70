"""The packages in a clean root of each release: installed, a message through, upgraded, purged. Slow: `make packagetest`,
after `make package`."""

import os
import pathlib
import re
import shutil
import tempfile

import pytest
from packages import built, older
from root_of_release import WAIT, RootOfRelease

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
    root.satisfy(packages, "mosquitto", "mosquitto-clients")
    before = root.files()

    install(root, [older(package, scratch) for package in packages])
    unconfigured_start(root)
    opened_as_the_configuration_says(root)
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


def opened_as_the_configuration_says(root):
    """Named before it is there, the file of users stops the start; the command that stands beside it makes it."""
    conffile = root.directory / CONFFILE
    text = conffile.read_text()
    command = re.search(r"(?m)^#\s+(mosquitto_passwd -c .*)$", text)[1]
    conffile.write_text(re.sub(r"(?m)^#(?=listen|users)", "", text))
    root.run(WAIT + f"""
      {AS_TIDEGATE} tidegated --check && exit 1 || test $? -eq 78
      printf 'secret\\nsecret\\n' | {command}
      {AS_TIDEGATE} tidegated 2>/tmp/open.log & daemon=$!
      wait_for 'mosquitto_pub -h 127.0.0.1 -u sensor -P secret -q 1 -t sensors/a -m x'
      mosquitto_pub -h 127.0.0.1 -u sensor -P wrong -q 1 -t sensors/a -m x && exit 1
      kill $daemon; wait $daemon; rm /tmp/open.log /etc/tidegate/users
    """, network=False)
    conffile.write_text(text)


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
