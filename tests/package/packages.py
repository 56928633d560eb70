"""What `make package` built, and what is in it."""

import pathlib
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
