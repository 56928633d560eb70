"""System tests: the real programs with peers that others wrote. TIDEGATE_BUILD names the build (default build/dev)."""

import pathlib
import signal
import sys
import tempfile

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "fleet"))

from jumping_clock import JumpingClock  # noqa: E402
from site_of_test import Site  # noqa: E402
from small_disk import small_disk  # noqa: E402
from wire import Wire  # noqa: E402

# Under nohup the programs would inherit that SIGHUP is ignored; a handler they do not inherit.
if signal.getsignal(signal.SIGHUP) == signal.SIG_IGN:
    signal.signal(signal.SIGHUP, lambda *_: None)


@pytest.fixture
def tmp_path():
    """Instead of pytest's own, which keeps the stores of old runs."""
    with tempfile.TemporaryDirectory(prefix="tidegate-test-") as directory:
        yield pathlib.Path(directory)


@pytest.fixture
def site(tmp_path):
    """What a test runs; ended, and only that, when the test is over."""
    site = Site(tmp_path)
    yield site
    site.end()


@pytest.fixture(name="small_disk")
def small_disk_fixture(tmp_path):
    with small_disk(tmp_path) as place:
        yield place


@pytest.fixture(name="clock")
def clock_fixture(tmp_path):
    return JumpingClock(tmp_path)


@pytest.fixture
def connect(site):
    """connect(gateway, **options) opens a Wire, closed when the test is over."""
    opened = []

    def connect_wire(gateway, **options):
        opened.append(Wire(gateway.ports["mqtt"], **options))
        return opened[-1]
    yield connect_wire
    for wire in opened:
        wire.close()


@pytest.fixture(name="way")
def way_fixture(site):
    """A gateway that delivers to a collector."""
    collector = site.collector()
    collector.start()
    gateway = site.gateway(collector.port)
    gateway.start()
    return gateway, collector


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item):
    """A failed test shows the end of its programs' logs."""
    report = (yield).get_result()
    site = item.funcargs.get("site") if report.failed and hasattr(item, "funcargs") else None
    for program in site.programs if site else []:
        report.sections.append((f"log of {program.name}", "\n".join(program.log().splitlines()[-40:])))
