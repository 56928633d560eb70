"""The project speaks of itself alone: no machine's paths, no registry's hosts, no leftovers."""

import re

from tree import Finding

# A pattern is written so that it does not match itself.
FORBIDDEN = [
    (r"/wor[k]/|/roo[t]/|/hom[e]/", "a path of one machine"),
    (r"deb\.debia[n]\.org|pypi\.or[g]|registry\.npmj[s]|repo1?\.mave[n]|proxy\.golan[g]|crates\.i[o]\b",
     "a package registry's host: the machine's own configuration names it"),
    (r"\b(TOD[O]|FIXM[E]|XX[X])\b", "do it now, or say why not in words"),
]
# A statement in a comment, such as "// total += size;".
CODE_IN_COMMENT = re.compile(r"^\s*//+\s+(?!.*\b(e\.g\.|such as)).*(\w\)|=\s*\S+|\+\+|--)\s*;\s*$|^\s*//\s*#include\b")


def check(tree):
    for path in tree.files():
        if path.startswith("tests/data/") or path == "LICENSE":
            continue
        for number, line in enumerate(tree.text(path).splitlines(), 1):
            for pattern, why in FORBIDDEN:
                match = re.search(pattern, line)
                if match:
                    yield Finding(path, number, f"'{match[0]}': {why}")
            if path.endswith((".hpp", ".cpp")) and CODE_IN_COMMENT.match(line):
                yield Finding(path, number, "code in a comment")
