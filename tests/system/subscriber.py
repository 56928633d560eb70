"""A subscriber that others wrote: paho-mqtt, 3.1.1 or 5.0, with each step awaited."""

import threading

import paho.mqtt.client as paho
from paho.mqtt.properties import Properties
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.subscribeoptions import SubscribeOptions
from programs import wait_until

PROTOCOLS = {4: paho.MQTTv311, 5: paho.MQTTv5}


class PahoClient:
    """Connected when made. `messages` is what has arrived, in order."""

    def __init__(self, port, client_id, version=5, **options):
        """`options`: will=(topic, payload, qos, retain); clean=False keeps a session; back_when=an Event: a lost
        connection is made again, once, whenever that is set. (By itself paho tries until it succeeds, and forgets with
        each try that fails which messages were received: it would send them again.)"""
        self.version = version
        self.messages = []
        self.session_present = None
        self.reason_of_disconnect = None
        self._answers = {}
        self._connected = threading.Event()
        clean = {"clean_session": options.get("clean", True)} if version == 4 else {}
        self._client = paho.Client(client_id=client_id, protocol=PROTOCOLS[version], **clean)
        self._client.on_connect = self._on_connect
        self._client.on_message = lambda _client, _userdata, message: self.messages.append(message)
        self._client.on_subscribe = lambda _client, _userdata, mid, codes, *_: self._answers.update({mid: codes})
        self._client.on_unsubscribe = lambda _client, _userdata, mid, *codes: self._answers.update({mid: codes})
        self._client.on_disconnect = self._on_disconnect
        if "will" in options:
            self._client.will_set(*options["will"])
        self._client.reconnect_delay_set(60, 60)
        self._client.connect("127.0.0.1", port, **self._session(options.get("clean", True)))
        self._thread = threading.Thread(target=self._loop, args=[options["back_when"]]) if "back_when" in options else None
        self._ended = False
        self._thread.start() if self._thread else self._client.loop_start()
        assert self._connected.wait(10)

    def _loop(self, back_when):
        while not self._ended:
            if self._client.loop(0.05) != paho.MQTT_ERR_SUCCESS and not self._ended and back_when.wait(20):
                self._client.reconnect()

    def _session(self, clean):
        if self.version == 4 or clean:
            return {}
        properties = Properties(PacketTypes.CONNECT)
        properties.SessionExpiryInterval = 3600
        return {"clean_start": False, "properties": properties}

    def subscribe(self, *filters, identifier=None):
        """Each filter is (filter, qos) or, in 5.0, (filter, {options of SubscribeOptions}). The codes of the SUBACK."""
        if self.version == 4:
            _, mid = self._client.subscribe(list(filters))
        else:
            properties = Properties(PacketTypes.SUBSCRIBE)
            if identifier:
                properties.SubscriptionIdentifier = identifier
            wanted = [(one, SubscribeOptions(**(how if isinstance(how, dict) else {"qos": how}))) for one, how in filters]
            _, mid = self._client.subscribe(wanted, properties=properties)
        codes = wait_until(lambda: self._answers.get(mid), "SUBACK")
        return [code if self.version == 4 else code.value for code in codes]

    def unsubscribe(self, *filters):
        _, mid = self._client.unsubscribe(list(filters))
        wait_until(lambda: mid in self._answers, "UNSUBACK")

    def publish(self, topic, payload, qos=1, retain=False, **properties):
        """Returns when it is acknowledged, or sent at QoS 0."""
        given = None
        if properties:
            given = Properties(PacketTypes.PUBLISH)
            for name, value in properties.items():
                setattr(given, name, value)
        sent = self._client.publish(topic, payload, qos, retain, properties=given)
        sent.wait_for_publish(10)
        assert sent.is_published()

    def begin_publish(self, topic, payload, qos):
        """Does not wait; wait_for_publish() of what it returns does."""
        return self._client.publish(topic, payload, qos)

    def payloads_until(self, last):
        """All payloads so far, as text, once `last` is among them; without it."""
        def arrived():
            texts = [message.payload.decode() for message in list(self.messages)]
            return texts if last in texts else None
        return [text for text in wait_until(arrived, f"{last!r} arrives") if text != last]

    def connected(self):
        return self._connected.is_set()

    def end(self):
        self._ended = True
        self._client.disconnect()
        self._thread.join() if self._thread else self._client.loop_stop()

    def _on_connect(self, _client, _userdata, flags, _reason, _properties=None):
        self.session_present = bool(flags["session present"])
        self._connected.set()

    def _on_disconnect(self, _client, _userdata, reason, _properties=None):
        self._connected.clear()
        self.reason_of_disconnect = reason if self.version == 4 else getattr(reason, "value", reason)
