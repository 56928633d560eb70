"""The order of system calls: no acknowledgement leaves before the flush that covers its message has returned."""

import re
import shutil

import pytest
from programs import wait_until
from trace import read_trace
from wire import publish_packet

MESSAGES = 120
TRACED = "fdatasync,fsync,write,writev,pwrite64,pwritev,pwritev2,sendmsg,sendto"
ACKNOWLEDGEMENT = re.compile(rb"\x40\x02(..)", re.DOTALL)  # MQTT 3.1.1 section 3.4


def test_each_flush_returned_before_the_acknowledgements_it_covers(site, connect):
    if not shutil.which("strace"):
        pytest.skip("strace is not installed")
    trace = site.directory / "trace"
    gateway = site.gateway(store='size = "64 MiB"\nslot = "2 MiB"')
    gateway.start(wrapper=["strace", "-D", "-f", "-y", "-xx", "-s", "16384", "-e", f"trace={TRACED}", "-o", trace])
    clients = [connect(gateway, version=4) for _ in range(3)]
    for number, client in enumerate(clients):
        assert client.connect(f"client-{number}") == 0
    # Bursts of one connection share flushes, connections overlap: identifiers are unique over all.
    for burst in range(0, MESSAGES, 12):
        for place, client in enumerate(clients):
            numbers = range(burst + 4 * place + 1, burst + 4 * place + 5)
            client.send(b"".join(publish_packet("sensors/t", marker(one), one, version=4) for one in numbers))
        for client in clients:
            for _ in range(4):
                client.receive_acknowledgement()
    assert gateway.stop() == 0
    last_words = f"{gateway.process.pid} +++ exited with 0 +++"
    wait_until(lambda: last_words in " ".join(trace.read_text().splitlines()[-1].split()), "the trace is whole")

    calls = read_trace(trace)
    pool = str(site.directory / "store/store/pool")
    flushes = [call for call in calls if call.name == "fdatasync" and call.result == 0 and call.file == pool]
    acknowledgements = sent_acknowledgements(calls)
    assert sorted(acknowledgements) == list(range(1, MESSAGES + 1))
    for number, sent in acknowledgements.items():
        written = first_write(calls, marker(number))
        assert written.file == pool
        assert any(written.end < flush.begin and flush.end < sent.begin for flush in flushes), (
            f"PUBACK {number} left at line {sent.begin} of the trace; its message was written by line {written.end} "
            "and no flush lies between")


def marker(number):
    return f"payload-of-message-{number:05}."


def sent_acknowledgements(calls):
    """{packet identifier: the call that sent its PUBACK}. The data of such a call is PUBACKs only."""
    found = {}
    for call in calls:
        if call.name in ("write", "writev", "sendmsg", "sendto") and ACKNOWLEDGEMENT.match(call.data):
            assert len(call.data) % 4 == 0
            for identifier in ACKNOWLEDGEMENT.findall(call.data):
                found[int.from_bytes(identifier, "big")] = call
    return found


def first_write(calls, text):
    """The call that stored a message; logs and control answers never hold a payload."""
    for call in calls:
        if text.encode() in call.data:
            return call
    raise AssertionError(f"{text} was never written as it is")
