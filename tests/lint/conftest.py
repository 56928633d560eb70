import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from tree import Tree  # noqa: E402


@pytest.fixture
def lint(tmp_path):
    """lint(rule, {path: text}) gives the findings of a rule on a tree of these files, as "path:line: message"."""

    def run(rule, files):
        for path, text in files.items():
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_text(text)
        return [str(finding) for finding in sorted(rule.check(Tree(tmp_path, tmp_path / "build")))]

    return run
