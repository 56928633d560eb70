"""Starting with a wrong configuration, a taken port, passwords; stopping; what every program says of itself."""

import os
import pwd
import re
import socket
import subprocess

import pytest
from programs import BUILD, Overdue, wait_until
from site_of_test import configuration, run, tidegated
from wire import DISCONNECT, publish_packet, subscribe_packet

BAD_CONFIGURATION = 78  # EX_CONFIG of sysexits.h
REFUSED = (0x86, 0x87)  # bad user name or password, not authorised: MQTT 5.0 section 3.2.2.2


def test_every_fault_of_a_configuration_is_named_at_once(tmp_path):
    config = tmp_path / "tidegate.toml"
    config.write_text("""
[mqtt]
listne = "127.0.0.1:0"
max_connections = 0
[store]
path = "/nowhere"
size = "lots"
[upstream.cloud]
kafka = "broker"
[link.wwan0]
budget = "500 MB/month"
[stream.sensors]
topics = ["a/#/b"]
to = ["clout"]
""")
    done = tidegated("--config", config)
    assert done.returncode == BAD_CONFIGURATION
    expected = {3: "listen", 4: "max_connections", 7: "size", 9: "kafka", 11: "budget", 13: "a/#/b", 14: "cloud"}
    for line, word in expected.items():
        said = [words for words in done.stderr.splitlines() if words.startswith(f"{config}:{line}:")]
        assert said, f"line {line} is not named in:\n{done.stderr}"
        assert any(word in words for words in said), said


def test_a_good_configuration_passes_the_check(tmp_path):
    config = tmp_path / "tidegate.toml"
    config.write_text(configuration(7070, tmp_path / "store"))
    done = tidegated("--config", config, "--check")
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "store").exists(), "a check changes nothing"


def test_drop_ins_beside_the_file_are_read_in_order(site):
    gateway = site.gateway()
    drop_ins = site.directory / "conf.d"
    drop_ins.mkdir()
    (drop_ins / "10-first.toml").write_text('[gateway]\nid = "first"\n')
    (drop_ins / "20-second.toml").write_text('[gateway]\nid = "second"\n')
    gateway.start()
    assert gateway.status()["gateway_id"] == "second"


def hold_back(site, connect, qos):
    """A gateway and a client that sent it 60 messages, of which its rate lets in 5 now. `qos`: of message i."""
    gateway = site.gateway(mqtt='client_rate = "1/s"\nclient_burst = 5')
    gateway.start()
    client = connect(gateway)
    assert client.connect("fast") == 0
    client.send(b"".join(publish_packet("sensors/a", str(i), i + 1, qos(i)) for i in range(60)))
    wait_until(lambda: "tidegate_ingest_held_total 0" not in gateway.get("/metrics"), "the client is held back")
    return gateway, client


def test_what_a_clients_rate_held_back_is_durable_after_a_stop(site, connect):
    gateway, client = hold_back(site, connect, lambda i: i % 2)
    gateway.stop()
    assert [client.receive_acknowledgement() for _ in range(30)] == list(range(2, 62, 2))
    gateway.start()
    assert gateway.status()["streams"][0]["next"] == 60


@pytest.mark.parametrize("end", ["stop", "take-over"])
def test_what_stands_behind_a_subscribe_that_was_held_back_is_stored_too(site, connect, end):
    gateway = site.gateway(mqtt='client_rate = "1/s"\nclient_burst = 5')
    gateway.start()
    client = connect(gateway)
    assert client.connect("fast") == 0
    messages = b"".join(publish_packet("sensors/a", str(i), qos=0) for i in range(50))
    client.send(messages + subscribe_packet("x") + messages)
    wait_until(lambda: "tidegate_ingest_held_total 0" not in gateway.get("/metrics"), "the client is held back")
    if end == "stop":
        gateway.stop()
        gateway.start()
    else:
        assert connect(gateway).connect("fast") == 0
    wait_until(lambda: gateway.status()["streams"][0]["next"] == 100, "all 100 are stored")


def test_what_a_clients_rate_held_back_at_qos_0_is_stored_when_another_takes_its_name(site, connect):
    gateway, _ = hold_back(site, connect, lambda i: 0)
    assert connect(gateway).connect("fast") == 0
    wait_until(lambda: gateway.status()["streams"][0]["next"] == 60, "all 60 are stored")


def test_a_port_file_that_cannot_be_written_stops_the_start(site):
    done = tidegated("--config", site.gateway().config, "--port-file", site.directory / "missing/ports")
    assert done.returncode == 1
    assert "missing/ports.new" in done.stderr


@pytest.mark.parametrize("program", ["tidegate", "tidegate-collector"])
def test_output_that_does_not_arrive_is_a_failure(program):
    with open("/dev/full", "w", encoding="utf-8") as full:
        done = subprocess.run([BUILD / "bin" / program, "--help"], check=False, stdout=full, stderr=subprocess.PIPE, timeout=20)
    assert done.returncode == 1
    assert b"No space left on device" in done.stderr


def test_a_pool_that_is_deleted_while_in_use_is_noticed_and_nothing_more_acknowledged(site, connect):
    gateway = site.gateway()
    gateway.start()
    client = connect(gateway)
    assert client.connect("a") == 0
    client.publish("sensors/a", "kept", 1)
    assert client.receive_acknowledgement() == 1
    (site.directory / "store/store/pool").unlink()
    client.publish("sensors/a", "not kept", 2)
    status = gateway.wait_for_status(lambda s: not s["ready"], "it is not ready")
    assert f"{site.directory}/store/store/pool was deleted while it is in use" in status["not_ready_reasons"][0]
    with pytest.raises(TimeoutError):
        client.receive(timeout=1)
    assert gateway.stop() == 1
    assert client.receive()[0] in (None, DISCONNECT)
    assert gateway.log().count("store.commit_failed reason=") == gateway.log().count("store.commit_failed") == 1


def test_a_port_in_use_names_its_holder(site):
    gateway = site.gateway()
    with socket.socket() as holder:
        port = int(gateway.config.read_text().partition('listen = "127.0.0.1:')[2].partition('"')[0])
        holder.bind(("127.0.0.1", port))
        holder.listen()
        with pytest.raises(Overdue):
            gateway.start()
    assert gateway.process.returncode not in (0, None)
    assert str(port) in gateway.log()
    assert "python3" in gateway.log() or "pytest" in gateway.log(), "the process that holds it is named"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can run programs as two other users")
def test_a_port_that_a_process_of_another_user_holds_names_the_user(site):
    gateway = site.gateway()
    port = int(gateway.config.read_text().partition('listen = "127.0.0.1:')[2].partition('"')[0])
    site.directory.chmod(0o777)
    listen = f"import socket; s = socket.socket(); s.bind(('127.0.0.1', {port})); s.listen(); print('listens', flush=True); input()"
    as_user = ["setpriv", "--clear-groups", "--regid", "1", "--reuid"]
    with subprocess.Popen([*as_user, "1", "/usr/bin/python3", "-c", listen], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout.readline() == b"listens\n"
        done = run(*as_user, "2", BUILD / "bin/tidegated", "--config", gateway.config)
        holder.communicate()
    assert done.returncode == 1
    assert f"a process of user {pwd.getpwuid(1).pw_name} (uid 1) (`ss -ltnp` as root tells which) holds the port" in done.stderr


@pytest.mark.parametrize("setting", ["mqtt", "control"])
def test_an_address_of_another_machine_is_not_called_a_port_in_use(site, setting):
    gateway = site.gateway()
    text = re.sub(rf'(\[{setting}\]\nlisten = )"[^"]*"', r'\1"192.0.2.1:7071"', gateway.config.read_text())
    gateway.config.write_text(text)  # RFC 5737: nobody's address
    done = tidegated("--config", gateway.config)
    assert done.returncode == 1
    assert f"no interface of this machine has the address now; set {setting}.listen" in done.stderr


def collector_that_does_not_start(directory, *options):
    done = run(BUILD / "bin/tidegate-collector", "serve", "--db", directory / "messages.db", *options)
    assert done.returncode == 1
    return done.stderr


def test_the_collector_tells_apart_why_it_does_not_listen(tmp_path):
    for name in ("one", "other"):
        assert run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
                   "/CN=localhost", "-keyout", tmp_path / f"{name}.key", "-out", tmp_path / f"{name}.pem").returncode == 0
    assert "no interface of this machine has the address" in collector_that_does_not_start(
        tmp_path, "--listen", "192.0.2.1:7070")
    assert "do not fit together" in collector_that_does_not_start(
        tmp_path, "--listen", "127.0.0.1:0", "--cert", tmp_path / "one.pem", "--key", tmp_path / "other.key")
    with socket.create_server(("127.0.0.1", 0)) as holder:
        said = collector_that_does_not_start(tmp_path, "--listen", f"127.0.0.1:{holder.getsockname()[1]}")
    assert f"(pid {os.getpid()}) holds the port; stop it or set --listen to another port" in said


def test_without_a_configuration_it_starts_on_loopback_and_says_how_to_open_it(site):
    gateway = site.gateway()
    gateway.config.write_text(f"""
[gateway]
id = "a-container-has-no-machine-id"
[mqtt]
listen = "127.0.0.1:0"
[control]
listen = "127.0.0.1:0"
[store]
path = "{site.directory / 'store'}"
""")
    gateway.start()
    said = [line for line in gateway.log().splitlines() if "only this machine can connect" in line]
    assert len(said) == 1, gateway.log()
    for word in (f"127.0.0.1:{gateway.ports['mqtt']}", "mqtt.listen = '0.0.0.0:1883'", "mqtt.users", gateway.config):
        assert str(word) in said[0]
    assert f"[upstream.NAME] and [stream.NAME] into {gateway.config}" in gateway.log()
    assert gateway.stop(5) == 0


def test_a_listener_that_is_open_is_not_called_closed(site):
    gateway = site.gateway()
    gateway.config.write_text(gateway.config.read_text().replace("[mqtt]\nlisten = \"127.0.0.1:",
                                                                 "[mqtt]\nlisten = \"0.0.0.0:"))
    gateway.start()
    assert "only this machine can connect" not in gateway.log()


def test_sigterm_stops_within_seconds_and_leaves_everything_durable(site):
    collector, fleet = site.collector(), site.fleet()
    gateway = site.gateway(collector.port)
    gateway.start()
    fleet.start(gateway.ports["mqtt"], sensors=20, rate=50, seconds=120)
    gateway.wait_for_status(lambda s: s["mqtt"]["acknowledged"] > 500, "the fleet is acknowledged")
    assert gateway.stop(5) == 0
    gateway.start()
    collector.start()
    assert fleet.stop(30) == 0
    gateway.wait_until_delivered()
    counts, faults = fleet.verify(collector.export())
    assert counts["lost"] + counts["doubled"] + counts["reordered"] + counts["invented"] == 0, faults


def test_sigterm_tells_clients_why_they_are_disconnected(site, connect):
    gateway = site.gateway()
    gateway.start()
    client = connect(gateway)
    assert client.connect("a") == 0
    assert gateway.stop(5) == 0
    assert client.reason_of_close() == 0x8B  # server shutting down


def test_users_of_mosquitto_passwd_are_let_in_with_the_right_password_only(site, connect):
    users = site.directory / "users"
    assert run("mosquitto_passwd", "-b", "-c", users, "ada", "tide").returncode == 0
    gateway = site.gateway(mqtt=f'users = "{users}"')
    gateway.start()
    assert connect(gateway).connect("a", user="ada", password="tide") == 0
    assert connect(gateway).connect("b", user="ada", password="ebb") in REFUSED
    assert connect(gateway).connect("c", user="bob", password="tide") in REFUSED
    assert connect(gateway).connect("d") in REFUSED
    assert connect(gateway, version=4).connect("e", user="ada", password="ebb") in (4, 5)  # MQTT 3.1.1 section 3.2.2.3


@pytest.mark.parametrize("program", ["tidegated", "tidegate", "tidegate-collector", "tidegate-fleet"])
def test_programs_say_what_they_are(program):
    version = run(BUILD / "bin" / program, "--version")
    assert version.returncode == 0
    assert version.stdout.startswith(f"{program} ")
    help_text = run(BUILD / "bin" / program, "--help")
    assert help_text.returncode == 0
    assert run(BUILD / "bin" / program, "-h").stdout == help_text.stdout
    assert "Usage" in help_text.stdout or "usage" in help_text.stdout
    unknown = run(BUILD / "bin" / program, "--no-such-option")
    assert unknown.returncode not in (0, None)
    assert "--no-such-option" in unknown.stderr
