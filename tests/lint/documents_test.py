import pytest

from rules import documents

TREE = {
    "gateway/store/log.hpp": "Result<void> commit(int x);\n",
    "gateway/store/log.cpp": "Result<void> Log::commit(int x) { return {}; }\n",
    "gateway/store/FORMAT.md": "see `log.hpp`\n",
    "tests/unit/store/log_test.cpp": "TEST_F(LogTest, AcknowledgesOnlyWhatIsDurable) {}\n",
    "tests/system/test_peers.py": "def test_paho():\n    pass\n",
    "Makefile": "demo: build\n\ttrue\n",
}


@pytest.mark.parametrize("line", [
    "| store | `gateway/store/log.cpp` | `Log::commit()` |",
    "| store | `gateway/store/log.{hpp,cpp}` | `commit()` |",
    "`gateway/store/` holds the log; `log.hpp` is its promise",
    "[MQTT-3.1.0-1] `LogTest.AcknowledgesOnlyWhatIsDurable`, `test_paho`",
    "run `make demo ARGS=\"--seconds 20\"`; it reads `/etc/tidegate/tidegate.toml` and `zigbee2mqtt/+`",
    "`commit()` alone names no file",
])
def test_what_exists_may_be_named(lint, line):
    assert lint(documents, TREE | {"ARCHITECTURE.md": line}) == []


@pytest.mark.parametrize("line, words", [
    ("`gateway/store/gone.cpp`", "there is no gateway/store/gone.cpp"),
    ("`gateway/store/{log,gone}.hpp`", "there is no gateway/store/gone.hpp"),
    ("`gateway/gone/`", "there is no gateway/gone/"),
    ("`gone.hpp`", "there is no gone.hpp"),
    ("| `gateway/store/log.cpp` | `vanished()` |", "vanished() is not in gateway/store/log.cpp"),
    ("`LogTest.NeverWritten`", "there is no test LogTest.NeverWritten"),
    ("`test_never_written`", "there is no test test_never_written"),
    ("    @RESULTS@", "a placeholder that was never filled"),
    ("`make coffee`", "the Makefile has no target coffee"),
])
def test_what_does_not_exist_is_named(lint, line, words):
    assert lint(documents, TREE | {"ARCHITECTURE.md": "# Map\n" + line}) == [f"ARCHITECTURE.md:2: {words}"]
