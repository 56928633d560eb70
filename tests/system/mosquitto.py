"""A real mosquitto as the broker that is there already, and a publisher that knows what it acknowledged."""

import os
import re
import threading

import paho.mqtt.client as paho
from programs import Program, free_port, wait_until

SENT = re.compile(r"Sending PUBLISH to (\S+) \(d\d, q1, r\d, m(\d+), '([^']*)'")
ACKNOWLEDGED = re.compile(r"Received PUBACK from (\S+) \(Mid: (\d+)")


class Mosquitto(Program):
    """With persistence, on one port for all its starts. Its log names each packet."""

    def __init__(self, directory, settings="allow_anonymous true", listener=""):
        super().__init__("mosquitto", directory)
        self.port = free_port()
        self.config = self.directory / "mosquitto.conf"
        self.config.write_text(f"""
listener {self.port} 127.0.0.1
{listener}
{"user root" if os.geteuid() == 0 else ""}
persistence true
persistence_location {self.directory}/
autosave_interval 1
max_queued_messages 0
log_dest stderr
log_type all
{settings}
""")

    def start(self):
        before = self.log().count(" running")
        self.start_process(["/usr/sbin/mosquitto", "-c", self.config])
        wait_until(lambda: self.log().count(" running") > before or not self.running(), "mosquitto runs")
        assert self.running(), self.log()

    def wait_until_saved(self):
        """Until what it knows now is on its disk, sessions too; it saves once a second."""
        before = self.log().count("Saving in-memory database")
        wait_until(lambda: self.log().count("Saving in-memory database") > before + 1, "mosquitto saves")

    def acknowledged_by(self, client):
        """Topics of the messages that this client has acknowledged, in order."""
        sent, topics = {}, []
        for line in self.log().splitlines():
            packet = SENT.search(line)
            if packet and packet[1] == client:
                sent[packet[2]] = packet[3]
            packet = ACKNOWLEDGED.search(line)
            if packet and packet[1] == client:
                topics.append(sent[packet[2]])
        return topics


class Publisher:
    """Publishes numbers at QoS 1, 1,000 a second at most, each on a topic of its own, `sensors/NUMBER`, until it is
    stopped; through restarts of the broker. `acknowledged` has the topics that the broker has taken."""

    WINDOW = 50

    def __init__(self, port):
        self.acknowledged = set()
        self._topics = {}
        self._room = threading.Semaphore(self.WINDOW)
        self._stopping = threading.Event()
        self._client = paho.Client(client_id="publisher", clean_session=False)
        self._client.max_inflight_messages_set(self.WINDOW)
        self._client.reconnect_delay_set(1, 1)
        self._client.on_publish = self._on_publish
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        self._thread = threading.Thread(target=self._publish)
        self._thread.start()

    def wait_for(self, count):
        """Until so many more are acknowledged."""
        goal = len(self.acknowledged) + count
        wait_until(lambda: len(self.acknowledged) >= goal, f"the broker acknowledges {count} more", 30)

    def stop(self):
        """Ends when everything that was published is acknowledged."""
        self._stopping.set()
        self._thread.join()
        wait_until(lambda: len(self.acknowledged) == len(self._topics), "the broker acknowledges all", 30)
        self._client.disconnect()
        self._client.loop_stop()

    def _publish(self):
        number = 0
        while not self._stopping.wait(0.001):
            if not self._room.acquire(timeout=0.1):
                continue
            number += 1
            # paho counts its packet identifiers from 1; at this pace a test does not come to their end.
            self._topics[number] = f"sensors/{number}"
            self._client.publish(f"sensors/{number}", str(number), qos=1)

    def _on_publish(self, _client, _userdata, mid):
        self.acknowledged.add(self._topics[mid])
        self._room.release()
