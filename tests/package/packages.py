"""What `make package` built, and what is in it."""

import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]


def built(release, arch):
    return sorted((ROOT / "build/package" / release).glob(f"tidegate*_{arch}.deb"), reverse=True)[:2]


def field(package, name):
    done = subprocess.run(["dpkg-deb", "-f", package, name], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def files(package):
    """The paths that it installs, without folders and without the leading slash."""
    archive = subprocess.run(["dpkg-deb", "--fsys-tarfile", package], check=True, stdout=subprocess.PIPE).stdout
    names = subprocess.run(["tar", "-t"], check=True, input=archive, stdout=subprocess.PIPE).stdout.decode().splitlines()
    return [name.removeprefix("./") for name in names if not name.endswith("/")]


def older(package, scratch):
    """The same package under a lower version, in `scratch`."""
    tree = scratch / package.stem
    subprocess.run(["dpkg-deb", "-R", package, tree], check=True)
    control = tree / "DEBIAN/control"
    control.write_text(re.sub(r"(?m)^Version: ", "Version: 0~", control.read_text()))
    subprocess.run(["dpkg-deb", "--root-owner-group", "-Zgzip", "--build", tree, scratch / f"older-{package.name}"],
                   check=True, stdout=subprocess.DEVNULL)
    return scratch / f"older-{package.name}"
