#!/usr/bin/python3
"""Checks the rules of CONTRIBUTING.md that a machine can check; prints file:line: message, exit status 1 if any.

A rule is a module of tests/lint/rules with check(tree), which yields Findings. The tests beside this file show what
each rule catches.
"""

import argparse
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from rules import documents, format, headers, includes, lengths, tidy, words  # noqa: E402
from tree import Tree  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
RULES = {
    "format": format.check,  # clang-format would change nothing
    "includes": includes.check,  # who may include whom; one library, one room
    "lengths": lengths.check,  # functions and files
    "words": words.check,  # no machine's paths, no hosts, no leftovers
    "documents": documents.check,  # documents name things that exist
    "headers": headers.check,  # each header compiles alone
    "tidy": tidy.check,  # clang-tidy
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/dev", help="a configured and built tree")
    parser.add_argument("--only", action="append", choices=RULES, help="this rule; may be repeated")
    options = parser.parse_args()
    tree = Tree(ROOT, options.build.resolve())
    count = 0
    for name in options.only or RULES:
        started = time.monotonic()
        findings = sorted(RULES[name](tree))
        for finding in findings:
            print(finding)
        count += len(findings)
        print(f"lint: {name}: {len(findings)} findings ({time.monotonic() - started:.1f} s)", flush=True)
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
