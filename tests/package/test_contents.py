"""What is in the packages that were built."""

import pathlib
import re
import subprocess
import tempfile

import pytest
from packages import ROOT, built, files

HOME = str(pathlib.Path.home())


@pytest.fixture(name="packages", params=[(release, arch) for release in ("bookworm", "trixie") for arch in ("amd64", "arm64")],
                ids="-".join)
def packages_fixture(request):
    packages = built(*request.param)
    if len(packages) != 2:
        pytest.skip(f"there are no packages for {' '.join(request.param)}: make package")
    return packages


def test_each_program_and_the_configuration_have_a_manual_page(packages):
    paths = [path for package in packages for path in files(package)]
    pages = {match[1] for path in paths if (match := re.match(r"usr/share/man/man\d/(.*)\.\d\.gz$", path))}
    programs = {path.removeprefix("usr/bin/") for path in paths if path.startswith("usr/bin/")}
    assert len(programs) == 3 and pages == programs | {"tidegate.toml"}


def test_no_program_knows_where_it_was_built(packages):
    with tempfile.TemporaryDirectory(prefix="tidegate-package-") as scratch:
        for package in packages:
            subprocess.run(["dpkg-deb", "--extract", package, scratch], check=True)
        programs = {program.name: program.read_bytes() for program in pathlib.Path(scratch).glob("usr/bin/*")}
    assert len(programs) == 3
    for place in (str(ROOT), HOME):
        assert [name for name, text in programs.items() if f"{place}/".encode() in text] == []
