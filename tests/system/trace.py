"""Reads what `strace -f -xx` wrote: calls in order of their beginnings and ends."""

import dataclasses
import re

LINE = re.compile(r"^(?P<thread>\d+)\s+(?P<rest>.*)$")
CALL = re.compile(r"^(?P<name>\w+)\((?P<arguments>.*)$")
RESUMED = re.compile(r"^<\.\.\. (?P<name>\w+) resumed>(?P<arguments>.*)$")
RESULT = re.compile(r"\)\s+= (?P<result>-?\d+)")
FILE = re.compile(r"^\d+<([^>]*)>")  # of the first argument, as -y adds it
HEX_STRING = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')


@dataclasses.dataclass
class Call:
    """A system call; `begin` and `end` are lines of the trace, so that they compare across threads."""
    name: str
    begin: int
    end: int = -1
    result: int = -1
    file: str = ""     # what its first argument is open on
    data: bytes = b""  # all strings among its arguments

    def add(self, arguments):
        file = FILE.match(arguments)
        if file:
            self.file = re.sub(r"\\x([0-9a-f]{2})", lambda byte: chr(int(byte[1], 16)), file[1])
        for one in HEX_STRING.findall(arguments):
            self.data += bytes.fromhex(one.replace("\\x", ""))


def read_trace(path):
    """All calls that returned, in order of their beginnings."""
    calls, waiting = [], {}
    with open(path, encoding="ascii", errors="replace") as lines:
        for number, line in enumerate(lines):
            match = LINE.match(line)
            if not match:
                continue
            call = begin_or_resume(match["thread"], match["rest"], number, waiting)
            if call is None:
                continue
            if call.begin == number:
                calls.append(call)
            result = RESULT.search(line, max(0, len(line) - 200))
            if result:
                call.end, call.result = number, int(result["result"])
    return [call for call in calls if call.end >= 0]


def begin_or_resume(thread, rest, number, waiting):
    """The call that a line is about; `waiting` holds those that a thread has not come back from."""
    resumed = RESUMED.match(rest)
    if resumed:
        call = waiting.pop(thread, None)
        if call:
            call.add(resumed["arguments"])
        return call
    begun = CALL.match(rest)
    if not begun:
        return None
    call = Call(begun["name"], number)
    call.add(begun["arguments"])
    if rest.rstrip().endswith("<unfinished ...>"):
        waiting[thread] = call
    return call
