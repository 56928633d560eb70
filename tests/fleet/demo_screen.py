"""The demo's table: redrawn in place on a terminal, a line a second elsewhere."""

import sys
import time
import typing


class Row(typing.NamedTuple):
    """One moment of a run. Counts are messages."""
    seconds: float = 0.0
    sensors: int = 0
    connected: int = 0
    received: int = 0
    durable: int = 0
    delivered: int = 0
    backlog: int = 0
    wire_bytes: int = 0
    p50_ms: float = 0.0
    p99_ms: float = 0.0


HEADER = (f"{'s':>6} {'sensors':>9} {'received':>10} {'durable':>10} {'delivered':>10} {'backlog':>9} "
          f"{'up B/msg':>9} {'ack p50':>10} {'p99':>10}")


def as_line(row):
    sensors = f"{row.connected}/{row.sensors}"
    per_message = row.wire_bytes / row.delivered if row.delivered else 0.0
    return (f"{row.seconds:6.1f} {sensors:>9} {row.received:10,} {row.durable:10,} {row.delivered:10,} "
            f"{row.backlog:9,} {per_message:9.1f} {row.p50_ms:7.1f} ms {row.p99_ms:7.1f} ms")


class Screen:
    """On a terminal the newest row is drawn over itself, with a bar as long as the backlog; events stay."""

    def __init__(self, out=sys.stdout):
        self.out = out
        self.live = out.isatty()
        self.pause = 0.2 if self.live else 0.1
        self._next_line = 0.0
        self._header_due = True

    def show(self, row):
        if not self.live and time.monotonic() < self._next_line:
            return
        self._next_line = time.monotonic() + 1.0
        self._header()
        if self.live:
            width = min(40, row.backlog // 250)
            self.out.write(f"\r\033[K{as_line(row)}  {'█' * width}")
        else:
            self.out.write(as_line(row) + "\n")
        self.out.flush()

    def event(self, words):
        self.out.write(("\r\033[K" if self.live else "") + f"-- {words}\n")
        self.out.flush()
        self._next_line = 0.0

    def finish(self, row):
        self._next_line = 0.0
        self.show(row)
        self.out.write("\n" if self.live else "")

    def _header(self):
        if self._header_due:
            self.out.write(HEADER + "\n")
        self._header_due = False
