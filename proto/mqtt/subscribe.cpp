#include "proto/mqtt/subscribe.hpp"

#include "proto/mqtt/properties.hpp"

namespace tidegate::mqtt {
namespace {

std::uint16_t read_packet_id(Reader& packet);
std::uint32_t read_identifier(Reader& packet);
TopicFilters read_filters(Reader& packet, bool with_options, Version version);
void check_options(Reader& packet, std::uint8_t options, std::string_view filter, Version version);

}  // namespace

Subscribe decode_subscribe(Reader& packet, Version version) {
  Subscribe subscribe;
  subscribe.packet_id = read_packet_id(packet);
  if (version == Version::k5) subscribe.identifier = read_identifier(packet);
  subscribe.filters = read_filters(packet, true, version);
  return subscribe;
}

Unsubscribe decode_unsubscribe(Reader& packet, Version version) {
  Unsubscribe unsubscribe;
  unsubscribe.packet_id = read_packet_id(packet);
  if (version == Version::k5) checked_properties(packet, PropertyPlace::kUnsubscribe);
  unsubscribe.filters = read_filters(packet, false, version);
  return unsubscribe;
}

bool TopicFilters::next(TopicFilter& filter) {
  if (rest_.empty()) return false;
  Reader reader(rest_);
  filter = {};
  filter.filter = as_text(reader.binary());
  if (with_options_) {
    const std::uint8_t options = reader.u8();
    filter.maximum_qos = static_cast<QoS>(options & 0x03U);
    filter.no_local = (options & 0x04U) != 0;
    filter.retain_as_published = (options & 0x08U) != 0;
    filter.retain_handling = static_cast<RetainHandling>(options >> 4 & 0x03U);
  }
  rest_ = reader.unread();
  return true;
}

namespace {

std::uint16_t read_packet_id(Reader& packet) {
  const std::uint16_t packet_id = packet.u16();
  if (packet_id == 0) packet.fail(Reason::kProtocolError, "packet identifier 0 [MQTT-2.2.1-3]");
  return packet_id;
}

/// The Subscription Identifier; 0 if there is none, which is not a value it can have (section 3.8.2.1.2).
std::uint32_t read_identifier(Reader& packet) {
  Properties properties(packet, PropertyPlace::kSubscribe);
  Property property;
  std::uint32_t identifier = 0;
  while (properties.next(property))
    if (property.id == PropertyId::kSubscriptionIdentifier) identifier = property.number;
  return identifier;
}

TopicFilters read_filters(Reader& packet, bool with_options, Version version) {
  if (packet.at_end()) packet.fail(Reason::kProtocolError, "no topic filter [MQTT-3.8.3-2] [MQTT-3.10.3-2]");
  const Bytes raw = packet.unread();
  while (!packet.at_end()) {
    const std::string_view filter = packet.text();
    if (!valid_filter(filter)) packet.fail(Reason::kTopicFilterInvalid, "an ill-formed topic filter [MQTT-4.7.1-1]");
    if (with_options) check_options(packet, packet.u8(), filter, version);
  }
  return {raw, with_options};
}

void check_options(Reader& packet, std::uint8_t options, std::string_view filter, Version version) {
  const unsigned qos = options & 0x03U;
  const bool no_local = (options & 0x04U) != 0;
  const unsigned retain_handling = options >> 4 & 0x03U;
  const unsigned reserved = options & (version == Version::k5 ? 0xC0U : 0xFCU);
  if (qos == 3) packet.fail(Reason::kProtocolError, "SUBSCRIBE with QoS 3 (section 3.8.3.1)");
  if (reserved != 0) packet.fail(Reason::kMalformedPacket, "reserved bits in SUBSCRIBE [MQTT-3.8.3-5]");
  if (retain_handling == 3) packet.fail(Reason::kProtocolError, "retain handling 3 (section 3.8.3.1)");
  if (no_local && is_shared(filter)) {
    packet.fail(Reason::kProtocolError, "No Local on a shared subscription [MQTT-3.8.3-4]");
  }
}

}  // namespace
}  // namespace tidegate::mqtt
