"""The log under a flood and without a reader; signals that end a program."""

import re
import signal
import subprocess

import pytest
from programs import BUILD, wait_until
from site_of_test import tidegated

DENIED = "mqtt.protocol_error"


def left_out(log, event):
    return sum(int(count) for count in re.findall(rf"log\.left_out event={event} count=(\d+)", log))


def test_a_flood_of_one_event_is_cut_and_what_is_left_out_is_counted(site, connect):
    gateway = site.gateway()
    gateway.start()
    for _ in range(300):
        client = connect(gateway)
        client.send(b"GET / HTTP/1.1\r\n\r\n")
        assert client.receive()[0] is None
        client.close()
    wait_until(lambda: left_out(gateway.log(), DENIED), "the first that is left out is told at once")
    assert gateway.stop() == 0
    written = len(re.findall(rf" warning {DENIED} ", gateway.log()))
    assert 50 <= written < 250
    assert written + left_out(gateway.log(), DENIED) == 300


def test_a_long_value_is_cut(site, connect):
    gateway = site.gateway()
    gateway.start()
    client = connect(gateway)
    assert client.connect("c" * 2_000) == 0
    client.send(b"\0\0")
    assert client.reason_of_close() == 0x81  # malformed packet
    assert gateway.stop() == 0
    assert 'client="' + "c" * 1000 + '..."' in gateway.log()
    assert "c" * 1001 not in gateway.log()


def test_a_connection_beyond_the_limit_is_named(site, connect):
    gateway = site.gateway(mqtt="max_connections = 1")
    gateway.start()
    assert connect(gateway).connect("a") == 0
    assert connect(gateway).receive()[0] is None
    wait_until(lambda: "mqtt.turned_away address=127.0.0.1 max_connections=1" in gateway.log(), "it is in the log")


@pytest.mark.parametrize("program", ["gateway", "collector"])
def test_a_terminal_that_goes_away_stops_a_program_cleanly(site, program):
    started = getattr(site, program)()
    started.start()
    started.process.send_signal(signal.SIGHUP)
    assert started.wait(10) == 0
    assert f"{program}.stopped" in started.log()


def test_nohup_is_heeded(site):
    gateway = site.gateway()
    gateway.start(wrapper=["nohup"])
    gateway.process.send_signal(signal.SIGHUP)
    assert gateway.get("/healthz")
    assert gateway.stop() == 0


def test_a_log_that_nobody_reads_any_more_does_not_end_the_gateway(site):
    gateway = site.gateway()
    ports = site.directory / "ports"
    command = [BUILD / "bin/tidegated", "--config", gateway.config, "--port-file", ports]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as process:
        wait_until(ports.exists, "it listens")
        process.stderr.close()
        process.send_signal(signal.SIGTERM)  # it logs that it stops
        assert process.wait(10) == 0


def test_the_manual_says_that_nothing_is_reloaded():
    assert "Nothing is reloaded yet" in " ".join(tidegated("--help").stdout.split())
