#include "proto/mqtt/publish.hpp"

namespace tidegate::mqtt {
namespace {

void read_flags(Reader& packet, std::uint8_t flags, Publish& publish);
void check_message_property(Reader& packet, const Property& property);

}  // namespace

Publish decode_publish(Reader& packet, std::uint8_t flags, Version version) {
  Publish publish;
  read_flags(packet, flags, publish);
  publish.topic = packet.topic_name();
  if (publish.qos != QoS::kAtMostOnce) {
    publish.packet_id = packet.u16();
    if (publish.packet_id == 0)
      packet.fail(Reason::kProtocolError, "a PUBLISH with packet identifier 0 [MQTT-2.2.1-3]");
  }
  if (version == Version::k5) publish.properties = message_properties(packet, PropertyPlace::kPublish);
  // Judged after the properties: what a client that sends none really wants is a topic alias.
  if (publish.topic.empty()) packet.fail(Reason::kProtocolError, "a PUBLISH without a topic [MQTT-4.7.3-1]");
  publish.payload = packet.rest();
  return publish;
}

Bytes message_properties(Reader& packet, PropertyPlace place) {
  Properties properties(packet, place);
  Property property;
  while (properties.next(property)) check_message_property(packet, property);
  return properties.raw();
}

Buffer publish_properties(const Will& will) {
  Buffer kept;
  Reader reader(will.properties);
  Properties properties(reader, PropertyPlace::kWill, will.properties);
  Property property;
  while (properties.next(property)) {
    if (property.id == PropertyId::kWillDelayInterval) continue;
    kept.insert(kept.end(), property.raw.begin(), property.raw.end());
  }
  return kept;
}

namespace {

void read_flags(Reader& packet, std::uint8_t flags, Publish& publish) {
  publish.retain = (flags & 0x01U) != 0;
  publish.qos = static_cast<QoS>(flags >> 1 & 0x03U);
  publish.dup = (flags & 0x08U) != 0;
  if (publish.qos > QoS::kExactlyOnce) packet.fail(Reason::kMalformedPacket, "a PUBLISH with QoS 3 [MQTT-3.3.1-4]");
  if (publish.qos == QoS::kExactlyOnce) packet.fail(Reason::kQosNotSupported, "QoS 2 is not offered [MQTT-3.2.2-11]");
  if (publish.dup && publish.qos == QoS::kAtMostOnce) {
    packet.fail(Reason::kMalformedPacket, "DUP in a PUBLISH with QoS 0 [MQTT-3.3.1-2]");
  }
}

void check_message_property(Reader& packet, const Property& property) {
  switch (property.id) {
    case PropertyId::kTopicAlias:
      packet.fail(Reason::kTopicAliasInvalid, "topic aliases are not offered [MQTT-3.3.2-9]");
      break;
    case PropertyId::kSubscriptionIdentifier:
      packet.fail(Reason::kProtocolError, "a client's PUBLISH with a subscription identifier [MQTT-3.3.4-6]");
      break;
    case PropertyId::kResponseTopic:
      if (!valid_topic(property.text)) {
        packet.fail(Reason::kTopicNameInvalid, "a response topic that is empty or has wildcards [MQTT-3.3.2-14]");
      }
      break;
    default: break;
  }
}

}  // namespace
}  // namespace tidegate::mqtt
