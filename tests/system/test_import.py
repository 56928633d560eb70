"""`tidegate import`: what becomes of a mosquitto.conf that mosquitto itself runs with passes `tidegate check`."""

import re
import shutil
import socket
import subprocess

import pytest
from mosquitto import Mosquitto
from programs import DATA, free_port, wait_until
from site_of_test import run, tidegate

CONFIGURATIONS = sorted(path.name for path in (DATA / "mosquitto").glob("*.conf"))


class Place:
    """Copies of the configurations that can run here: paths below `directory`, free ports, loopback alone."""

    def __init__(self, directory):
        self.directory = directory
        for path in ("etc/mosquitto/conf.d", "etc/ssl/certs", "ssl", "var/lib/mosquitto", "var/log/mosquitto",
                     "run/mosquitto", "data"):
            (directory / path).mkdir(parents=True)
        self.must_run("mosquitto_passwd", "-b", "-c", directory / "etc/mosquitto/passwd", "ada", "tide")
        self.must_run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-days", "2",
                      "-keyout", directory / "ssl/key.pem", "-out", directory / "ssl/cert.pem")
        for path, source in {"ssl/chain.pem": "cert", "etc/ssl/office-ca.pem": "cert", "etc/mosquitto/cloud.crt": "cert",
                             "etc/mosquitto/cloud.key": "key"}.items():
            shutil.copy(directory / f"ssl/{source}.pem", directory / path)
        shutil.copy(DATA / "mosquitto/home.acl", directory / "etc/mosquitto/acl")

    @staticmethod
    def must_run(*command):
        done = run(*command)
        assert done.returncode == 0, done.stderr

    def copy(self, name):
        text = (DATA / "mosquitto" / name).read_text()
        text = re.sub(r" /(?=\w)", f" {self.directory}/", text)
        text = re.sub(r"(?m)^(listener|port) \d+", lambda found: f"{found[1]} {free_port()}", text)
        text = re.sub(r"\d+\.\d+\.\d+\.\d+|[\w.]+\.example", "127.0.0.1", text)
        conf = self.directory / "mosquitto.conf"
        conf.write_text(text)
        return conf

    def imported(self, conf):
        """What `tidegate import` makes of a file, and what `tidegate check` says to it."""
        done = tidegate("import", conf)
        made = self.directory / "made.toml"
        made.write_text(done.stdout)
        checked = tidegate("check", "--config", made)
        assert checked.returncode == 0, checked.stderr + done.stdout
        return done, checked.stdout


@pytest.fixture(name="place")
def place_fixture(tmp_path):
    return Place(tmp_path)


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_mosquitto_runs_with_what_is_imported(place, name):
    conf = place.copy(name)
    ports = [int(port) for port in re.findall(r"(?m)^(?:listener|port) (\d+)", conf.read_text())]
    if not ports:  # the distribution's: its listener is in conf.d
        ports = [free_port()]
        (place.directory / "etc/mosquitto/conf.d/local.conf").write_text(f"listener {ports[0]} 127.0.0.1\n")
    with open(conf, "a", encoding="utf-8") as more:
        more.write("\nuser root\n")  # as root it would become a user who may not read the files of this test
    mosquitto = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
    with subprocess.Popen([mosquitto, "-c", conf], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True) as broker:
        try:
            wait_until(lambda: broker.poll() is not None or all(listens(port) for port in ports), "it listens")
            assert broker.poll() is None, broker.communicate()[0]
        finally:
            broker.kill()  # SIGTERM is lost on a mosquitto 2.0.11 that listens, but is not yet in its loop


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_what_is_imported_passes_the_check(place, name):
    done, _ = place.imported(place.copy(name))
    assert done.returncode in (0, 1)
    assert "carried over" in done.stderr


def test_a_configuration_is_carried_over_whole(place):
    conf = place.copy("debian-local.conf")
    done, checked = place.imported(conf)
    assert done.returncode == 0, done.stderr
    assert "everything was carried over" in done.stderr
    port = re.search(r"listener (\d+)", conf.read_text())[1]
    assert f'listen = "[::]:{port}"' in checked
    assert f'users = "{place.directory}/etc/mosquitto/passwd"' in checked


def test_a_file_or_a_directory_that_is_not_there_is_named(place):
    missing = tidegate("import", place.directory / "no.conf")
    assert (missing.returncode, missing.stdout) == (2, "")
    assert "no.conf" in missing.stderr
    conf = place.directory / "mosquitto.conf"
    conf.write_text(f"include_dir {place.directory / 'conf.d'}\n")
    done, _ = place.imported(conf)
    assert done.returncode == 1
    assert f"{conf}:1: include_dir" in done.stderr


def test_a_bridge_that_is_imported_takes_in_what_mosquitto_took(site, place):
    """The other broker asks for user and password; the owner puts the password where the import says."""
    passwords = site.directory / "passwords"
    Place.must_run("mosquitto_passwd", "-b", "-c", passwords, "gw", "4gulls")
    broker = Mosquitto(site.directory, f"allow_anonymous false\npassword_file {passwords}")
    site.programs.append(broker)
    broker.start()
    conf = place.directory / "mosquitto.conf"
    conf.write_text(f"connection home\naddress 127.0.0.1:{broker.port}\nremote_username gw\nremote_password 4gulls\n"
                    "topic zigbee2mqtt/# in 1\n")
    done, _ = place.imported(conf)
    assert "4gulls" not in done.stdout + done.stderr
    tables = done.stdout[done.stdout.index("[broker.home]"):]
    secret = site.directory / "home.password"
    secret.write_text("4gulls\n")
    secret.chmod(0o600)
    tables = tables.replace('#password_file = "/etc/tidegate/home.password"', f'password_file = "{secret}"')
    collector = site.collector()
    collector.start()
    gateway = site.gateway(collector.port, topics='"zigbee2mqtt/#"', tables=tables)
    gateway.start()
    gateway.wait_for_status(lambda s: s["brokers"][0]["state"] == "connected", "it is connected")
    Place.must_run("mosquitto_pub", "-p", broker.port, "-u", "gw", "-P", "4gulls", "-q", 1, "-t", "zigbee2mqtt/lamp",
                   "-m", "on")
    gateway.wait_for_status(lambda s: s["streams"][0]["next"] == 1, "it has come")
    gateway.wait_until_delivered()
    assert [(one["topic"], one["payload"], one["client"]) for one in collector.records()] == [
        ("zigbee2mqtt/lamp", "on", "home")]
