import pytest

from rules import lengths


def body(lines):
    return "{\n" + "  work();\n" * (lines - 2) + "}\n"


@pytest.mark.parametrize("head", [
    "int add(int a, int b) ",
    "namespace x { struct S { void f() const noexcept ",
    "template <class T>\nstruct S : Base<T> {\n S(int a) : a_{a}, b_(2) ",
    'void f(char a = \'}\', const char* b = "}") // }\n',
    "TEST(Suite, Name) ",
    "auto f() -> std::vector<int> ",
    "bool operator==(const S& a, const S& b) ",
    "namespace { constexpr int kTable[] = {1, 2}; [[nodiscard]] Result<void> f(int x = 3) ",
])
def test_a_function_of_more_than_60_lines_is_named(lint, head):
    assert lint(lengths, {"gateway/a.cpp": head + body(60)}) == [] or "\n" in head
    findings = lint(lengths, {"gateway/a.cpp": head + body(61)})
    assert len(findings) == 1 and "a function has at most 60" in findings[0]


def test_the_finding_names_function_and_line(lint):
    findings = lint(lengths, {"gateway/a.cpp": "int x;\n\nvoid Store::close(int y) " + body(70)})
    assert findings == ["gateway/a.cpp:3: Store::close has 70 lines; a function has at most 60"]


def test_a_lambda_counts_into_its_function(lint):
    text = "void f() {\n  call([] " + body(61) + ");\n}\n"
    assert len(lint(lengths, {"gateway/a.cpp": text})) == 1


@pytest.mark.parametrize("text", [
    "constexpr Property kProperties[] = " + body(100).replace("work();", "{1, f(2)},") + ";",
    "enum class Reason : std::uint8_t " + body(100).replace("work();", "kA,") + ";",
    "namespace tidegate " + body(100).replace("work();", "int f() { return 1; }"),
    "class Big " + body(100).replace("work();", "int f() const { return a_; }") + ";",
])
def test_tables_and_scopes_may_be_long(lint, text):
    assert lint(lengths, {"gateway/a.cpp": text}) == []


def test_a_long_python_function_is_named(lint):
    assert len(lint(lengths, {"tests/a.py": "def f():\n" + "    work()\n" * 61})) == 1


def test_a_file_of_more_than_400_lines_is_named(lint):
    assert lint(lengths, {"gateway/a.hpp": "// why\n" * 400}) == []
    assert lint(lengths, {"gateway/a.hpp": "// why\n" * 401}) == [
        "gateway/a.hpp:1: 401 lines; a file has at most 400"]
