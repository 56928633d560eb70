"""Documents name things that exist: files, functions beside their file, tests, make targets."""

import itertools
import re

from tree import Finding

BACKTICKS = re.compile(r"`([^`\n]+)`")
FOLDERS = ("proto/", "drivers/", "gateway/", "firmware/", "toolchains/", "tests/", ".ci/")
FILE = re.compile(r"^[\w./{},-]+$")
FILE_SUFFIX = re.compile(r"\.(hpp|cpp|md|py|cmake|proto|supp)$")
FUNCTION = re.compile(r"^((?:\w+::)*~?\w+)\(\)$")
TEST = re.compile(r"^([A-Z]\w+)\.([A-Z]\w+)(/\w+)?$")
PYTHON_TEST = re.compile(r"^test_\w+$")
PLACEHOLDER = re.compile(r"@[A-Z_]+@")
MAKE = re.compile(r"^make ([a-z0-9]+)\b")


def check(tree):
    known_tests = set(test_names(tree))
    targets = make_targets(tree)
    for path in tree.files(".md"):
        for number, line in enumerate(tree.text(path).splitlines(), 1):
            if PLACEHOLDER.search(line):
                yield Finding(path, number, "a placeholder that was never filled")
            words = BACKTICKS.findall(line)
            for word in words:
                message = missing(tree, path, word, known_tests, targets)
                if message:
                    yield Finding(path, number, message)
            yield from missing_functions(tree, path, number, words)


def missing(tree, document, word, known_tests, targets):
    if looks_like_file(word):
        absent = [name for name in alternatives(word) if not found(tree, document, name)]
        return f"there is no {absent[0]}" if absent else None
    target = MAKE.match(word)
    if target and targets and target[1] not in targets:
        return f"the Makefile has no target {target[1]}"
    test = TEST.match(word)
    name = f"{test[1]}.{test[2]}" if test else word
    if (test or PYTHON_TEST.match(word)) and name not in known_tests:
        return f"there is no test {name}"
    return None


def looks_like_file(word):
    return bool(FILE.match(word)) and (word.startswith(FOLDERS) or bool(FILE_SUFFIX.search(word)))


def alternatives(word):
    """`a/{b,c}.hpp` names a/b.hpp and a/c.hpp."""
    parts = [part.strip("{}").split(",") for part in re.split(r"(\{[^}]*\})", word)]
    return ["".join(choice) for choice in itertools.product(*parts)]


def found(tree, document, name):
    """From the root, beside the document, or, without a folder, anywhere in the tree."""
    beside = document.rpartition("/")[0]
    if tree.exists(name) or (beside and tree.exists(f"{beside}/{name}")):
        return True
    return "/" not in name and any(path.endswith("/" + name) for path in tree.files())


def missing_functions(tree, document, number, words):
    """`function()` in a line that names files must stand in one of them."""
    files = [name for word in words if looks_like_file(word) for name in alternatives(word)]
    texts = [tree.text(name) for name in files if FILE_SUFFIX.search(name) and tree.exists(name)]
    for word in words if texts else []:
        match = FUNCTION.match(word)
        name = match[1].split("::")[-1] if match else None
        if name and not any(re.search(rf"\b{re.escape(name)}\(", text) for text in texts):
            yield Finding(document, number, f"{word} is not in {' or '.join(files)}")


def test_names(tree):
    for path in tree.files(".cpp", ".py"):
        if path.startswith("tests/"):
            text = tree.text(path)
            yield from (f"{suite}.{name}" for suite, name in re.findall(r"\bTEST\w*\(\s*(\w+),\s*(\w+)\s*\)", text))
            yield from re.findall(r"^\s*def (test_\w+)\(", text, re.MULTILINE)


def make_targets(tree):
    if not tree.exists("Makefile"):
        return set()
    return set(re.findall(r"^([a-z0-9]+):", tree.text("Makefile"), re.MULTILINE))
