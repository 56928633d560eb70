"""clang-tidy 14 with .clang-tidy, on every source that the build compiles."""

import json
import subprocess

from rules import compilers


def check(tree):
    sources = compiled_sources(tree)
    salts = [tree.text(path) for path in tree.files(".clang-tidy")]
    yield from compilers.run_cached(tree, "tidy", sources, lambda path: tidy(tree, path), *salts)


def compiled_sources(tree):
    commands = json.loads((tree.build / "compile_commands.json").read_text(encoding="utf-8"))
    compiled = {command["file"] for command in commands}
    return [path for path in tree.files(".cpp") if f"{tree.root}/{path}" in compiled and path != "gateway/asio.cpp"]


def tidy(tree, path):
    # The compile command is g++'s: clang does not know all of its warnings.
    command = ["clang-tidy-14", "-p", str(tree.build), "--quiet", "--extra-arg=-Wno-unknown-warning-option", path]
    done = subprocess.run(command, cwd=tree.root, capture_output=True, text=True, check=False)
    return (done.stdout or done.stderr) if done.returncode else ""
