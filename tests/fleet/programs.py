"""The project's programs as a test or the demo runs them: each started with a log file, found through its port file,
and ended by its own process id. Every wait is for an event, with a deadline."""

import json
import os
import pathlib
import random
import signal
import socket
import subprocess
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / os.environ.get("TIDEGATE_BUILD", "build/dev")
DATA = ROOT / "tests/data"


class Overdue(Exception):
    """What was waited for did not happen in time."""


def wait_until(condition, what, seconds=20.0):
    """Returns the first true value of condition(); the only place that sleeps. Raises Overdue, with `what`."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise Overdue(f"not within {seconds:g} s: {what}")
        time.sleep(0.02)


def free_port():
    """A port below those that the kernel hands out by itself: it is still free when a program is started again, and
    no client that keeps trying to connect there can draw it as its own and meet itself."""
    least_ephemeral = int(pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    while True:
        port = random.randrange(10_000, least_ephemeral)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                pass


class Program:
    """A process with its output in `<name>.log`. Starting it again appends to the log."""

    def __init__(self, name, directory):
        self.name = name
        self.directory = pathlib.Path(directory)
        self.log_path = self.directory / f"{name}.log"
        self.process = None

    def start_process(self, arguments, stdout=None):
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen([str(one) for one in arguments], stdin=subprocess.DEVNULL,
                                            stdout=stdout or log, stderr=log)

    def running(self):
        return self.process is not None and self.process.poll() is None

    def log(self):
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    def kill(self):
        """SIGKILL: what a power cut leaves of a process."""
        self.process.kill()
        self.process.wait()

    def stop(self, seconds=20.0):
        """SIGTERM, and the exit status; SIGKILL and Overdue if it takes longer."""
        self.process.send_signal(signal.SIGTERM)
        return self.wait(seconds)

    def wait(self, seconds):
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise Overdue(f"{self.name} did not end within {seconds:g} s") from None

    def end(self):
        """Whatever state it is in; for cleaning up."""
        if self.running():
            self.kill()

    def wait_for_ports(self, port_file, seconds=20.0):
        """{"mqtt": 1883, ...} from the lines of a port file, as soon as the program has written it."""
        def ports():
            if not self.running():
                raise Overdue(f"{self.name} ended at once with status {self.process.returncode}:\n{self.log()}")
            lines = port_file.read_text().split("\n") if port_file.exists() else []
            return {line.split()[0]: int(line.rpartition(":")[2]) for line in lines if ":" in line}
        return wait_until(ports, f"{self.name} listens", seconds)


class Collector(Program):
    """tidegate-collector, on one port and one database for all its starts."""

    def __init__(self, directory, name="collector"):
        super().__init__(name, directory)
        self.port = free_port()
        self.database = self.directory / f"{name}.db"

    def start(self):
        port_file = self.directory / f"{self.name}.ports"
        port_file.unlink(missing_ok=True)
        self.start_process([BUILD / "bin/tidegate-collector", "serve", "--listen", f"127.0.0.1:{self.port}",
                            "--db", self.database, "--port-file", port_file])
        self.wait_for_ports(port_file)

    def ask(self, *arguments):
        command = [BUILD / "bin/tidegate-collector", *arguments, "--db", self.database]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def export(self):
        """The file with everything it holds, a JSON object a line."""
        path = self.directory / f"{self.name}.jsonl"
        path.write_text(self.ask("export", "--format", "jsonl"))
        return path

    def records(self):
        return [json.loads(line) for line in self.export().read_text().splitlines()]


class Gateway(Program):
    """tidegated with the configuration `text`; see configuration()."""

    def __init__(self, directory, text, name="tidegated"):
        super().__init__(name, directory)
        self.config = self.directory / f"{name}.toml"
        self.config.write_text(text)
        self.ports = {}

    def start(self, wrapper=()):
        port_file = self.directory / f"{self.name}.ports"
        port_file.unlink(missing_ok=True)
        self.start_process([*wrapper, BUILD / "bin/tidegated", "--config", self.config, "--port-file", port_file])
        self.ports = self.wait_for_ports(port_file)

    def get(self, path):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.ports['control']}{path}", timeout=5) as answer:
            return answer.read().decode()

    def status(self):
        """GET /status as a dict, or None while it does not answer."""
        try:
            return json.loads(self.get("/status"))
        except OSError:
            return None

    def wait_for_status(self, condition, what, seconds=20.0):
        """The first status for which condition(status) is true."""
        def status():
            now = self.status()
            return now if now and condition(now) else None
        return wait_until(status, what, seconds)

    def wait_until_delivered(self, seconds=20.0):
        """Every durable message is confirmed by every upstream."""
        self.wait_for_status(lambda s: all(one["backlog_records"] == 0 for one in s["streams"]),
                             "the backlog is delivered", seconds)


class Fleet(Program):
    """tidegate-fleet; its status lines are read from `lines()`."""

    def __init__(self, directory, name="fleet"):
        super().__init__(name, directory)
        self.journal = self.directory / f"{name}.journal"
        self.status_path = self.directory / f"{name}.status"

    def start(self, mqtt_port, **options):
        """`options` are those of `tidegate-fleet run`: seconds=5, rate=100, ..."""
        arguments = [BUILD / "bin/tidegate-fleet", "run", "--to", f"127.0.0.1:{mqtt_port}", "--data", DATA,
                     "--journal", self.journal, "--status"]
        for name, value in options.items():
            arguments += [f"--{name}", value]
        with open(self.status_path, "wb") as out:
            self.start_process(arguments, stdout=out)

    def last_status(self):
        """The newest status line as a dict, or None."""
        whole_lines = self.status_path.read_text().split("\n")[:-1] if self.status_path.exists() else []
        return json.loads(whole_lines[-1]) if whole_lines else None

    def verify(self, export):
        """Compares with an export: ({"acked": 12, "lost": 0, ...}, the faults in words)."""
        done = subprocess.run([BUILD / "bin/tidegate-fleet", "verify", "--journal", self.journal, "--export", export],
                              check=False, capture_output=True, text=True)
        pairs = [word.split("=") for word in done.stdout.split()]
        if not pairs:
            raise RuntimeError(done.stderr)
        return {name: int(value) for name, value in pairs}, done.stderr
