#include "proto/mqtt/publish.hpp"

#include <algorithm>

namespace tidegate::mqtt {
namespace {

void read_flags(Reader& packet, std::uint8_t flags, Publish& publish);
std::size_t body_size(const Publish& publish, Version version, std::size_t properties_size);
void check_message_property(Reader& packet, const Property& property);

}  // namespace

Publish decode_publish_start(Reader& packet, std::uint8_t flags) {
  Publish publish;
  read_flags(packet, flags, publish);
  publish.topic = packet.topic_name();
  if (publish.qos != QoS::kAtMostOnce) {
    publish.packet_id = packet.u16();
    if (publish.packet_id == 0)
      packet.fail(Reason::kProtocolError, "a PUBLISH with packet identifier 0 [MQTT-2.2.1-3]");
  }
  return publish;
}

Publish decode_publish(Reader& packet, std::uint8_t flags, Version version) {
  Publish publish = decode_publish_start(packet, flags);
  if (version == Version::k5) publish.properties = message_properties(packet, PropertyPlace::kPublish);
  // Judged after the properties: what a client that sends none really wants is a topic alias.
  if (publish.topic.empty()) packet.fail(Reason::kProtocolError, "a PUBLISH without a topic [MQTT-4.7.3-1]");
  publish.payload = packet.rest();
  return publish;
}

std::size_t publish_size(const Publish& publish, Version version, Bytes more_properties) {
  const std::size_t body = body_size(publish, version, publish.properties.size() + more_properties.size());
  return 1 + varint_size(body) + body;
}

void append_publish(const Publish& publish, Version version, Bytes more_properties, Buffer& output) {
  const std::size_t properties_size = publish.properties.size() + more_properties.size();
  const unsigned flags =
      (publish.dup ? 0x08U : 0U) | static_cast<unsigned>(publish.qos) << 1 | (publish.retain ? 1U : 0U);
  Writer writer(output);
  writer.u8(first_byte(PacketType::kPublish, static_cast<std::uint8_t>(flags)));
  writer.varint(body_size(publish, version, properties_size));
  writer.text(publish.topic);
  if (publish.qos != QoS::kAtMostOnce) writer.u16(publish.packet_id);
  if (version == Version::k5) {
    writer.varint(properties_size);
    writer.raw(publish.properties);
    writer.raw(more_properties);
  }
  writer.raw(publish.payload);
}

std::optional<Bytes> aged_properties(Bytes properties, std::chrono::seconds waited, Buffer& scratch) {
  if (properties.empty() || waited <= std::chrono::seconds(0)) return properties;
  Reader reader(properties);
  Properties walk(reader, PropertyPlace::kPublish, properties);
  Property property;
  while (walk.next(property)) {
    if (property.id != PropertyId::kMessageExpiryInterval) continue;
    if (waited >= std::chrono::seconds(property.number)) return std::nullopt;
    scratch.assign(properties.begin(), properties.end());
    Buffer left;
    Writer(left).u32(property.number - static_cast<std::uint32_t>(waited.count()));
    const auto value = property.raw.data() + 1 - properties.data();  // behind the identifier
    std::copy(left.begin(), left.end(), scratch.begin() + value);
    return scratch;
  }
  return properties;
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

/// All that follows the fixed header.
std::size_t body_size(const Publish& publish, Version version, std::size_t properties_size) {
  return 2 + publish.topic.size() + (publish.qos != QoS::kAtMostOnce ? 2 : 0) +
         (version == Version::k5 ? varint_size(properties_size) + properties_size : 0) + publish.payload.size();
}

void read_flags(Reader& packet, std::uint8_t flags, Publish& publish) {
  publish.retain = (flags & 0x01U) != 0;
  publish.qos = static_cast<QoS>(flags >> 1 & 0x03U);
  publish.dup = (flags & 0x08U) != 0;
  if (publish.qos > QoS::kExactlyOnce) packet.fail(Reason::kMalformedPacket, "a PUBLISH with QoS 3 [MQTT-3.3.1-4]");
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
