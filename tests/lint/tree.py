"""The project's own files, as the rules see them."""

import dataclasses
import functools
import hashlib
import pathlib
import re

SKIPPED_FOLDERS = {"build", ".git", "__pycache__", ".pytest_cache"}
OUR_INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)


@dataclasses.dataclass(frozen=True, order=True)
class Finding:
    path: str
    line: int
    message: str

    def __str__(self):
        return f"{self.path}:{self.line}: {self.message}"


class Tree:
    """`root` is the repository, `build` a built tree or None. Paths given out are relative to the root, as text."""

    def __init__(self, root, build=None):
        self.root = pathlib.Path(root)
        self.build = build

    def files(self, *suffixes):
        """All text files with one of the suffixes; every file if none is given."""
        return [path for path in self._all if not suffixes or path.endswith(suffixes)]

    def sources(self):
        return self.files(".hpp", ".cpp")

    @functools.cached_property
    def _all(self):
        found = []
        for path in sorted(self.root.rglob("*")):
            relative = path.relative_to(self.root)
            if path.is_file() and not SKIPPED_FOLDERS & set(relative.parts):
                found.append(relative.as_posix())
        return found

    @functools.lru_cache(maxsize=None)
    def text(self, path):
        return (self.root / path).read_text(encoding="utf-8", errors="replace")

    def exists(self, path):
        return (self.root / path).exists()

    def cache_key(self, path, *salts):
        """A hash of a source, of all our files it includes, and of the salts: the same key, the same verdict."""
        digest = hashlib.sha256("\0".join(salts).encode())
        for name in sorted(self._closure(path)):
            digest.update(name.encode() + b"\0" + self.text(name).encode() + b"\0")
        return digest.hexdigest()

    def _closure(self, path):
        seen, waiting = set(), [path]
        while waiting:
            name = waiting.pop()
            if name in seen:
                continue
            seen.add(name)
            for included in OUR_INCLUDE.findall(self.text(name)):
                source = re.sub(r"(\.grpc)?\.pb\.h$", ".proto", included)  # generated from it
                if self.exists(source):
                    waiting.append(source)
        return seen
