import json

from rules import headers, tidy


def test_a_header_that_leans_on_its_includer_is_named(lint):
    findings = lint(headers, {"gateway/a.hpp": "#pragma once\nstd::string name();\n"})
    assert len(findings) == 1 and findings[0].startswith("gateway/a.hpp:2: ")


def test_a_header_without_pragma_once_is_named(lint):
    assert lint(headers, {"gateway/a.hpp": "int f();\n"}) == ["gateway/a.hpp:1: a header begins with #pragma once"]


def test_what_passed_is_looked_at_again_when_an_include_changes(lint):
    files = {"gateway/a.hpp": '#pragma once\n#include "gateway/b.hpp"\nName f();\n',
             "gateway/b.hpp": "#pragma once\nusing Name = int;\n"}
    assert lint(headers, files) == []
    assert len(lint(headers, files | {"gateway/b.hpp": "#pragma once\n"})) == 1


def test_clang_tidy_sees_what_the_build_compiles_and_nothing_else(lint, tmp_path):
    command = {"file": str(tmp_path / "gateway/a.cpp"), "directory": str(tmp_path),
               "command": f"g++ -c {tmp_path}/gateway/a.cpp"}
    fault = "int* f() { return 0; }\n"
    findings = lint(tidy, {".clang-tidy": "Checks: '-*,modernize-use-nullptr'\nWarningsAsErrors: '*'\n",
                           "build/compile_commands.json": json.dumps([command]),
                           "gateway/a.cpp": fault, "gateway/not_built.cpp": fault})
    assert len(findings) == 1 and findings[0].startswith("gateway/a.cpp:1: ") and "nullptr" in findings[0]
