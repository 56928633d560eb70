#include "proto/mqtt/subscribe.hpp"

#include "proto/mqtt/properties.hpp"

namespace tidegate::mqtt {
namespace {

void read_filter(Reader& packet, bool subscribe, Version version);
void check_options(Reader& packet, std::uint8_t options, std::string_view filter, Version version);

}  // namespace

void refuse_filters(PacketType type, Reader& packet, Version version, const PeerWishes& wishes, Buffer& output) {
  const bool subscribe = type == PacketType::kSubscribe;
  const std::uint16_t packet_id = packet.u16();
  if (packet_id == 0) packet.fail(Reason::kProtocolError, "packet identifier 0 [MQTT-2.2.1-3]");
  if (version == Version::k5) {
    checked_properties(packet, subscribe ? PropertyPlace::kSubscribe : PropertyPlace::kUnsubscribe);
  }
  if (packet.at_end()) packet.fail(Reason::kProtocolError, "no topic filter [MQTT-3.8.3-2] [MQTT-3.10.3-2]");
  const bool plain = version == Version::k311;
  const Reason reason = !subscribe ? Reason::kNoSubscriptionExisted
                        : plain    ? Reason::kUnspecified
                                   : Reason::kImplementationSpecific;
  Buffer codes;  // one for each filter, in their order [MQTT-3.9.3-1] [MQTT-3.11.3-1]
  for (; !packet.at_end(); codes.push_back(std::byte{static_cast<std::uint8_t>(reason)})) {
    read_filter(packet, subscribe, version);
  }
  if (!packet.ok()) return;
  const PacketType answer = subscribe ? PacketType::kSuback : PacketType::kUnsuback;
  if (!plain) {
    append_filter_answer(answer, packet_id, subscribe ? "subscriptions are not offered" : "", codes, wishes, output);
    return;
  }
  Buffer body;
  Writer writer(body);
  writer.u16(packet_id);
  if (subscribe) writer.raw(codes);  // a 3.1.1 UNSUBACK has no payload
  append_packet(answer, body, output);
}

namespace {

void read_filter(Reader& packet, bool subscribe, Version version) {
  const std::string_view filter = packet.text();
  if (!valid_filter(filter)) packet.fail(Reason::kTopicFilterInvalid, "an ill-formed topic filter [MQTT-4.7.1-1]");
  if (subscribe) check_options(packet, packet.u8(), filter, version);
}

void check_options(Reader& packet, std::uint8_t options, std::string_view filter, Version version) {
  const unsigned qos = options & 0x03U;
  const bool no_local = (options & 0x04U) != 0;
  const unsigned retain_handling = options >> 4 & 0x03U;
  const unsigned reserved = options & (version == Version::k5 ? 0xC0U : 0xFCU);
  if (qos == 3) packet.fail(Reason::kProtocolError, "SUBSCRIBE with QoS 3 (section 3.8.3.1)");
  if (reserved != 0) packet.fail(Reason::kMalformedPacket, "reserved bits in SUBSCRIBE [MQTT-3.8.3-5]");
  if (retain_handling == 3) packet.fail(Reason::kProtocolError, "retain handling 3 (section 3.8.3.1)");
  if (no_local && filter.starts_with("$share/")) {
    packet.fail(Reason::kProtocolError, "No Local on a shared subscription [MQTT-3.8.3-4]");
  }
}

}  // namespace
}  // namespace tidegate::mqtt
