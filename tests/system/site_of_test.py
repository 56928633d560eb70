"""A gateway and what is around it, in one temporary directory."""

import subprocess

from programs import BUILD, Collector, Fleet, Gateway, free_port
from relay import Relay


class Site:
    """Makes programs and relays, and ends them all. Making starts nothing."""

    def __init__(self, directory):
        self.directory = directory
        self.programs = []
        self.relays = []

    def collector(self):
        return self.keep(Collector(self.directory))

    def fleet(self):
        return self.keep(Fleet(self.directory))

    def relay(self, target_port):
        self.relays.append(Relay(target_port))
        return self.relays[-1]

    def gateway(self, upstream_port=None, **parts):
        """Without `upstream_port` nobody is there to deliver to. `parts`: see configuration()."""
        text = configuration(upstream_port or free_port(), **{"path": self.directory / "store"} | parts)
        return self.keep(Gateway(self.directory, text))

    def end(self):
        for program in self.programs:
            program.end()
        for relay in self.relays:
            relay.close()

    def keep(self, program):
        self.programs.append(program)
        return program


def configuration(upstream_port, path, mqtt="", store='size = "64 MiB"', topics='"sensors/#"', stream="", upstream="",
                  gateway='crash_loop = "0 s"', tables=""):
    """A configuration with one stream; `mqtt` to `gateway` are lines of their tables, `tables` is more of these. A test
    may kill the gateway as often as it likes unless it asks for another `gateway`."""
    upstream = upstream or f'grpc = "127.0.0.1:{upstream_port}"\ntls = false'
    return f"""
[gateway]
id = "gateway-of-the-test"
{gateway}
[mqtt]
listen = "127.0.0.1:{free_port()}"
{mqtt}
[control]
listen = "127.0.0.1:0"
[store]
path = "{path}"
{store}
[upstream.collector]
{upstream}
[stream.sensors]
topics = [{topics}]
to = ["collector"]
{stream}
{tables}
"""


def run(*command, **options):
    """A command that ends by itself, with its output as text."""
    return subprocess.run([str(word) for word in command], check=False, capture_output=True, text=True, timeout=20,
                          **options)


def tidegate(*arguments):
    return run(BUILD / "bin/tidegate", *arguments)


def tidegated(*arguments):
    return run(BUILD / "bin/tidegated", *arguments)
