"""Functions up to 60 lines, files up to 400: past that nobody reads them from top to bottom."""

import ast
import re

from tree import Finding

FUNCTION_LINES = 60
FILE_LINES = 400

# Longer ones that are excused, as "path:function". This list may only shrink.
EXCUSED = set()

SCOPE = re.compile(r"^(template\s*<.*>\s*)?(inline\s+)?(namespace|class|struct|union|enum|extern)\b")
NOISE = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"(?P<d>[^(\s]*)\(.*?\)(?P=d)"|"(?:\\.|[^"\\\n])*"|'
    r"(?<![0-9A-Fa-f])'(?:\\.|[^'\\\n])+'|^[ \t]*#(?:\\\n|[^\n])*", re.DOTALL | re.MULTILINE)


def check(tree):
    for path in tree.files(".hpp", ".cpp", ".py", ".cmake", "CMakeLists.txt"):
        text = tree.text(path)
        lines = text.count("\n")
        if lines > FILE_LINES:
            yield Finding(path, 1, f"{lines} lines; a file has at most {FILE_LINES}")
        functions = cpp_functions(text) if path.endswith((".hpp", ".cpp")) else []
        if path.endswith(".py"):
            functions = python_functions(text)
        for name, line, length in functions:
            if length > FUNCTION_LINES and f"{path}:{name}" not in EXCUSED:
                yield Finding(path, line, f"{name} has {length} lines; a function has at most {FUNCTION_LINES}")


def python_functions(text):
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.name, node.lineno, node.end_lineno - node.lineno + 1


def cpp_functions(text):
    """(name, line, lines) of each function body outside others. Knows braces, not C++: enough for a formatted tree."""
    text = NOISE.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)
    kinds, start, head = [], 0, 0  # kinds of the open braces; begin of the function; begin of what precedes a brace
    for match in re.finditer(r"[{};]", text):
        at, mark = match.start(), match[0]
        if mark == "{":
            kinds.append(kind_of(text[head:at].strip()) if "function" not in kinds else "inner")
            if kinds[-1] == "function":
                start, name = head + len(text[head:at]) - len(text[head:at].lstrip()), name_of(text[head:at])
        elif mark == "}" and kinds:
            kind = kinds.pop()
            if kind == "function":
                first = text.count("\n", 0, start) + 1
                yield name, first, text.count("\n", 0, at) + 1 - first + 1
            if kind == "member":
                continue  # inside the initialisers of a constructor: its head goes on
        if not kinds or kinds[-1] in ("scope", "function", "inner"):
            head = at + 1


def kind_of(head):
    head = re.sub(r"^(public|private|protected)\s*:", "", re.sub(r"\[\[[^\]]*\]\]", "", head)).strip()
    if SCOPE.match(head):
        return "scope"
    if re.search(r"\)\s*(noexcept\s*)?:\s", head) and re.search(r"\w$", head):
        return "member"
    if re.search(r"(?<!operator)(?<![=!<>])=(?!=)\s*(\w[\w:<>, ]*)?$", head) or "(" not in head:
        return "table"
    return "function"


def name_of(head):
    match = re.search(r"([\w:~]+|operator\s*\S+)\s*\(", head)
    name = match[1] if match else "a function"
    test = re.match(r"\s*TEST\w*\((\w+),\s*(\w+)\)", head)
    return f"{test[1]}.{test[2]}" if test else name
