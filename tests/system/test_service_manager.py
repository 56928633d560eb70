"""What tidegated tells systemd: sd_notify(3), with a socket of the test in the manager's place."""

import os
import socket

import pytest
from programs import Overdue

WATCHDOG_S = 0.4


class Manager:
    """The manager's end of $NOTIFY_SOCKET."""

    def __init__(self, address):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.settimeout(10)
        self.socket.bind(address)

    def next_states(self):
        """The assignments of the next datagram: {"READY": "1", ...}."""
        return dict(line.split("=", 1) for line in self.socket.recv(4096).decode().splitlines())

    def wait_for(self, name):
        while True:
            states = self.next_states()
            if name in states:
                return states


@pytest.fixture(name="manager")
def manager_fixture(tmp_path, monkeypatch):
    manager = Manager(str(tmp_path / "notify"))
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    yield manager
    manager.socket.close()


def test_ready_is_said_once_the_listeners_are_open_and_stopping_before_the_end(site, manager):
    gateway = site.gateway()
    gateway.start()
    states = manager.next_states()
    assert states["READY"] == "1"
    assert f"127.0.0.1:{gateway.ports['mqtt']}" in states["STATUS"]
    assert gateway.stop(5) == 0
    assert manager.next_states()["STOPPING"] == "1", "nothing else is said by a daemon that is not watched"


def test_nothing_is_said_by_a_gateway_that_can_not_listen(site, manager):
    gateway = site.gateway()
    port = int(gateway.config.read_text().partition('listen = "127.0.0.1:')[2].partition('"')[0])
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", port))
        holder.listen()
        with pytest.raises(Overdue):
            gateway.start()
    manager.socket.setblocking(False)
    with pytest.raises(BlockingIOError):
        manager.next_states()


def test_the_watchdog_is_fed_within_its_time(site, manager, monkeypatch):
    monkeypatch.setenv("WATCHDOG_USEC", str(int(WATCHDOG_S * 1e6)))
    site.gateway().start()
    manager.wait_for("READY")
    manager.socket.settimeout(10 * WATCHDOG_S)  # a busy machine may be late; a gateway that forgets is silent for good
    for _ in range(4):
        assert manager.next_states() == {"WATCHDOG": "1"}


def test_the_watchdog_of_another_process_is_not_fed(site, manager, monkeypatch):
    monkeypatch.setenv("WATCHDOG_USEC", "1000")
    monkeypatch.setenv("WATCHDOG_PID", str(os.getpid()))
    gateway = site.gateway()
    gateway.start()
    manager.wait_for("READY")
    gateway.status()
    assert gateway.stop(5) == 0
    assert "STOPPING" in manager.next_states()


def test_a_socket_in_the_abstract_namespace_and_a_manager_that_is_gone(site, monkeypatch):
    name = f"tidegate-test-{os.getpid()}"
    manager = Manager("\0" + name)
    monkeypatch.setenv("NOTIFY_SOCKET", "@" + name)
    gateway = site.gateway()
    gateway.start()
    assert manager.next_states()["READY"] == "1"
    manager.socket.close()
    assert gateway.stop(5) == 0
