"""Apache Kafka as the tests run it: one node in KRaft mode, its jars resolved by Maven into build/kafka."""

import os
import shutil
import subprocess

from programs import ROOT, Overdue, Program, free_port, wait_until

JARS = ROOT / "build/kafka/jars"
JAVA = ["java", "-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]
NEVER_USED_TWICE = "dGlkZWdhdGUta2Fma2EtMQ"  # a cluster's id, in base64

PROPERTIES = """
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
controller.listener.names=CONTROLLER
inter.broker.listener.name=INSIDE
listeners=CONTROLLER://127.0.0.1:{controller},INSIDE://127.0.0.1:{inside},OUTSIDE://127.0.0.1:{outside}
advertised.listeners=INSIDE://127.0.0.1:{inside},OUTSIDE://{host}:{advertised}
listener.security.protocol.map=CONTROLLER:PLAINTEXT,INSIDE:PLAINTEXT,OUTSIDE:{protocol}
log.dirs={logs}
num.partitions=3
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
min.insync.replicas=1
group.initial.rebalance.delay.ms=0
{more}
"""


def why_not():
    """Why Kafka cannot run here, or None. Fetches its jars once; they stay in build/kafka."""
    if not shutil.which("mvn") or not shutil.which("java"):
        return "Maven and Java are not installed: run toolchains/bootstrap"
    if any(JARS.glob("kafka_*.jar")):
        return None
    fetched = subprocess.run(
        ["mvn", "-q", "-B", f"-Dmaven.repo.local={ROOT}/build/maven", f"-Djars={JARS}", "-f",
         ROOT / "tests/kafka/pom.xml", "package"], check=False, capture_output=True, text=True, timeout=300)
    if fetched.returncode == 0:
        return None
    lines = [line for line in fetched.stdout.splitlines() if "ERROR" in line] or ["Maven failed"]
    return f"Kafka could not be fetched: {lines[0][:300]}"


class Kafka(Program):
    """One broker on three ports of its own: for the controller, for the test, and for the gateway, which is told that
    the broker is at `advertised` (a relay's port; None: the port itself)."""

    def __init__(self, directory, advertised=None, protocol="PLAINTEXT", host="127.0.0.1", more="", name="kafka"):
        super().__init__(name, directory)
        self.inside, self.outside = free_port(), free_port()
        self._settings = {"controller": free_port(), "inside": self.inside, "outside": self.outside,
                          "advertised": advertised or self.outside, "host": host, "protocol": protocol,
                          "logs": self.directory / "kafka-logs", "more": more}
        self._properties = self.directory / f"{name}.properties"

    def advertise(self, port):
        self._settings["advertised"] = port

    def format(self, *more):
        self._properties.write_text(PROPERTIES.format(**self._settings))
        self._tool("kafka.tools.StorageTool", "format", "-t", NEVER_USED_TWICE, "-c", self._properties, *more)

    def start(self):
        if not self._properties.exists():
            self.format()
        environment = ["env", f"CLASSPATH={JARS}/*", f"LOG_DIR={self.directory}"]
        self.start_process([*environment, *JAVA, "kafka.Kafka", self._properties])
        wait_until(self._answers, "Kafka answers", 60)

    def create_topic(self, name, *settings):
        self._tool("org.apache.kafka.tools.TopicCommand", "--bootstrap-server", f"127.0.0.1:{self.inside}", "--create",
                   "--topic", name, *[word for one in settings for word in ("--config", one)])

    def allow(self, user, topic):
        """`user` may write `topic`, as an idempotent producer does. For a broker with an authorizer."""
        acls = ["kafka.admin.AclCommand", "--bootstrap-server", f"127.0.0.1:{self.inside}", "--add", "--allow-principal",
                f"User:{user}"]
        self._tool(*acls, "--producer", "--idempotent", "--topic", topic)

    def _answers(self):
        if not self.running():
            raise Overdue(f"Kafka ended at once:\n{self.log()[-3000:]}")
        asked = subprocess.run(["kcat", "-L", "-b", f"127.0.0.1:{self.inside}", "-m", "2"], check=False,
                               capture_output=True)
        return asked.returncode == 0

    def records(self, topic):
        """Everything in a topic that kcat reads there: (partition, key, payload, {header: value}), by partition in
        order of its offsets."""
        form = r"%p\t%k\t%s\t%h\n"
        done = subprocess.run(["kcat", "-C", "-q", "-e", "-b", f"127.0.0.1:{self.inside}", "-t", topic, "-o", "beginning",
                               "-f", form], check=True, capture_output=True, text=True, timeout=120)
        found = []
        for line in done.stdout.splitlines():
            partition, key, payload, headers = line.split("\t")
            found.append((int(partition), key, payload, dict(one.split("=", 1) for one in headers.split(","))))
        return found

    def _tool(self, *arguments):
        done = subprocess.run([*JAVA, *arguments], check=False, capture_output=True, text=True, timeout=60,
                              env=os.environ | {"CLASSPATH": f"{JARS}/*"})
        if done.returncode != 0:
            raise RuntimeError(f"{arguments[0]}: {done.stdout}{done.stderr}")
