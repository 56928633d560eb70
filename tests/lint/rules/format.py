"""clang-format 14 would change nothing."""

import re
import subprocess

from tree import Finding


def check(tree):
    command = ["clang-format-14", "--dry-run", "--style=file", *tree.sources()]
    lines = subprocess.run(command, cwd=tree.root, stderr=subprocess.PIPE, text=True, check=False).stderr.splitlines()
    places = filter(None, (re.match(r"(.*?):(\d+):\d+: ", line) for line in lines))
    for path, line in sorted({(place[1], int(place[2])) for place in places}):
        yield Finding(path, line, "not formatted: make format")
