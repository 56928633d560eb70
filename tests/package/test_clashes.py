"""No package of Debian has a name or a file of ours: looked up in the release's own indices of all its files."""

import re
import subprocess
import tempfile

import pytest
from packages import ROOT, built, field, files

COMPONENTS = ("main", "contrib", "non-free", "non-free-firmware")
OUR_WORD = "tidegate"
KNOWN = "usr/bin/dpkg"  # a file of which every index of an architecture has to know


@pytest.mark.parametrize("arch", ["amd64", "arm64"])
@pytest.mark.parametrize("release", ["bookworm", "trixie"])
def test_no_package_of_debian_has_our_names_or_files(release, arch):
    packages = built(release, arch)
    if len(packages) != 2:
        pytest.skip(f"there are no packages for {release} {arch}: make package")
    # Every name and path of ours has the word in it, so whoever might clash has it too.
    ours = [path for package in packages for path in [field(package, "Package"), *files(package)]]
    assert len(ours) > 10 and [path for path in ours if OUR_WORD not in path] == []

    with tempfile.TemporaryDirectory(prefix="tidegate-package-") as scratch:
        found = [line for index in indices(release, arch, scratch) for line in lines_with_word(index)]
    assert [line for line in found if line.startswith(f"{KNOWN} ")], "the index of the architecture is incomplete"
    assert [line for line in found if OUR_WORD in line.lower()] == []


def indices(release, arch, directory):
    """Contents-<arch>.gz of each component, what does not depend on the architecture too. By way of apt, which knows the
    way out, but without its checks: an index that is some days older than the rest of the mirror does as well."""
    for component in COMPONENTS:
        for name in (arch, "all"):
            file = f"{directory}/{component}-{name}.gz"
            address = f"{mirror(release)}/dists/{release}/{component}/Contents-{name}.gz"
            done = subprocess.run(["/usr/lib/apt/apt-helper", "download-file", address, file], check=False,
                                  capture_output=True, text=True)
            if done.returncode != 0:
                pytest.skip(f"Debian's indices cannot be fetched: {done.stderr.strip().splitlines()[-1]}")
            yield file


def mirror(release):
    entries = subprocess.run([ROOT / "toolchains/debian-sources", release], check=True, capture_output=True, text=True)
    return re.search(rf"(?m)^deb (\S+?)/* {release} ", entries.stdout)[1]


def lines_with_word(index):
    """Lines are "path  section/package,section/package"."""
    done = subprocess.run(["zgrep", "-i", "-E", rf"{OUR_WORD}|^{KNOWN}\s", index], check=False, capture_output=True, text=True)
    assert done.returncode in (0, 1), done.stderr  # 1: no line has it
    return done.stdout.splitlines()
