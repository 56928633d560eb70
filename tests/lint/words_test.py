import pytest

from rules import words


@pytest.mark.parametrize("line", [
    "cache=/ro" + "ot/.cache",
    "see /wo" + "rk/main",
    "http://deb.deb" + "ian.org/debian",
    "// TO" + "DO later",
])
def test_forbidden_words_are_named(lint, line):
    assert len(lint(words, {"toolchains/a": f"fine\n{line}\n"})) == 1


@pytest.mark.parametrize("line", ["  // total += size;", "// close(fd);", "//#include <vector>", "  // x = 3;"])
def test_code_in_a_comment_is_named(lint, line):
    assert lint(words, {"gateway/a.cpp": line}) == ["gateway/a.cpp:1: code in a comment"]


@pytest.mark.parametrize("line", [
    "// The first flush is free; the next one is not;",
    "/// Calls `expired(owner)`; it may schedule any node.",
    "total += size;  // why",
    "// Linux marks the failed pages clean (see fsync(2)); write them elsewhere.",
])
def test_words_about_code_are_not_code(lint, line):
    assert lint(words, {"gateway/a.cpp": line}) == []


def test_data_is_not_read(lint):
    assert lint(words, {"tests/data/a.csv": "/ro" + "ot/x"}) == []
