"""Each header compiles alone, so that no source depends on the order of its includes."""

import subprocess

from rules import compilers
from tree import Finding

FLAGS = ["-std=c++20", "-fsyntax-only", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-DBOOST_ASIO_SEPARATE_COMPILATION"]


def check(tree):
    headers = tree.files(".hpp")
    for path in headers:
        if "#pragma once" not in tree.text(path):
            yield Finding(path, 1, "a header begins with #pragma once")
    yield from compilers.run_cached(tree, "headers", headers, lambda path: compile_alone(tree, path), *FLAGS)


def compile_alone(tree, path):
    command = ["g++", *FLAGS, f"-I{tree.root}", f"-I{tree.build}/generated", "-x", "c++", "-"]
    done = subprocess.run(command, input=f'#include "{path}"\n', capture_output=True, text=True, check=False)
    return done.stderr if done.returncode else ""
