"""A root of a Debian release whose own systemd runs, as process 1 of a container."""

import os
import pathlib
import subprocess
import time

from root_of_release import WAIT, output

BOOTED_WITHIN_S = 120


class BootedRoot:
    """From `with` to the end of it the root is a running system, with a loopback of its own and no other network."""

    def __init__(self, root):
        self.root = root
        root.policy.unlink()  # here services start

    def __enter__(self):
        # Without machined or another systemd around it, which a machine need not have.
        self.container = subprocess.Popen(
            ["systemd-nspawn", f"--directory={self.root.directory}", f"--machine=tidegate-{os.getpid()}", "--boot", "--quiet",
             "--private-network", "--register=no", "--keep-unit", "--link-journal=no", "--console=pipe"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        limit = time.monotonic() + BOOTED_WITHIN_S
        while self.container.poll() is None and time.monotonic() < limit:
            if self.enter() and self.booted():
                return self
            time.sleep(0.1)
        raise AssertionError(f"it did not boot:\n{self.close()}")

    def __exit__(self, *_):
        self.close()

    def run(self, script, seconds=300):
        """Output of a shell script that stops at its first failure; `wait_for` as in the root."""
        return output(self.enter() + ["sh", "-ec", WAIT + script], script, seconds)

    def property(self, unit, name):
        return self.run(f"systemctl show --property={name} --value {unit}").strip()

    def enter(self):
        """The command that leads in; nothing yet while the container's process 1 is not there."""
        children = pathlib.Path(f"/proc/{self.container.pid}/task/{self.container.pid}/children").read_text().split()
        return ["nsenter", f"--target={children[0]}", "--all", "--root", "--wd"] if children else []

    def booted(self):
        done = subprocess.run(self.enter() + ["systemctl", "is-system-running"], check=False, capture_output=True, text=True)
        return done.stdout.strip() in ("running", "degraded")

    def close(self):
        """Halts it, as a power button would; what the console said."""
        self.container.terminate()
        try:
            return self.container.communicate(timeout=60)[0]
        except subprocess.TimeoutExpired:
            self.container.kill()
            return self.container.communicate()[0]
