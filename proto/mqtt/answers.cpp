#include "proto/mqtt/answers.hpp"

#include "proto/mqtt/properties.hpp"

namespace tidegate::mqtt {
namespace {

/// A packet's size as it goes over the wire.
std::size_t packet_size(std::size_t body_size) { return 1 + varint_size(body_size) + body_size; }

Buffer connack_properties(const ConnackTerms& terms);
std::uint8_t return_code_of(Reason reason);
void append_explained(PacketType type, Bytes head, std::string_view explanation, Bytes tail, const PeerWishes& wishes,
                      Buffer& output);

}  // namespace

void append_connack(Version version, const ConnackTerms& terms, Buffer& output) {
  Buffer body;
  Writer writer(body);
  writer.u8(terms.session_present ? 1 : 0);  // [MQTT-3.2.2-2] [MQTT-3.2.2-3]
  writer.u8(0);
  if (version == Version::k5) {
    const Buffer properties = connack_properties(terms);
    writer.varint(properties.size());
    writer.raw(properties);
  }
  append_packet(PacketType::kConnack, body, output);
}

void append_connack_refusal(Version version, Reason reason, std::string_view explanation, const PeerWishes& wishes,
                            Buffer& output) {
  const std::uint8_t code = version == Version::k5 ? static_cast<std::uint8_t>(reason) : return_code_of(reason);
  if (code == 0) return;
  Buffer head;
  Writer writer(head);
  writer.u8(0);  // session present [MQTT-3.2.2-6]
  writer.u8(code);
  if (version == Version::k311) return append_packet(PacketType::kConnack, head, output);
  append_explained(PacketType::kConnack, head, explanation, {}, wishes, output);
}

void append_disconnect(Reason reason, std::string_view explanation, const PeerWishes& wishes, Buffer& output) {
  const Buffer head{std::byte{static_cast<std::uint8_t>(reason)}};
  append_explained(PacketType::kDisconnect, head, explanation, {}, wishes, output);
}

void append_filter_answer(PacketType type, Version version, std::uint16_t packet_id, std::span<const Reason> reasons,
                          const PeerWishes& wishes, Buffer& output) {
  Buffer head;
  Writer(head).u16(packet_id);
  Buffer codes;
  for (const Reason reason : reasons) {
    const bool refused = static_cast<std::uint8_t>(reason) >= 0x80;
    const Reason said = version == Version::k311 && refused ? Reason::kUnspecified : reason;  // 3.1.1: [MQTT-3.9.3-2]
    codes.push_back(static_cast<std::byte>(said));
  }
  if (version == Version::k5) return append_explained(type, head, {}, codes, wishes, output);
  if (type == PacketType::kSuback) head.insert(head.end(), codes.begin(), codes.end());
  append_packet(type, head, output);
}

namespace {

/// Topic Alias Maximum is left out, which says 0; Maximum QoS, which says 2; and what says 1: Retain Available,
/// Wildcard Subscription Available, Subscription Identifiers Available.
Buffer connack_properties(const ConnackTerms& terms) {
  Buffer properties;
  Writer writer(properties);
  const auto id = [&writer](PropertyId property) { writer.u8(static_cast<std::uint8_t>(property)); };
  id(PropertyId::kSharedSubscriptionAvailable), writer.u8(0);
  id(PropertyId::kReceiveMaximum), writer.u16(terms.receive_maximum);
  id(PropertyId::kMaximumPacketSize), writer.u32(terms.maximum_packet_size);
  if (terms.server_keep_alive) {
    id(PropertyId::kServerKeepAlive), writer.u16(static_cast<std::uint16_t>(terms.server_keep_alive->count()));
  }
  if (terms.session_expiry_s) id(PropertyId::kSessionExpiryInterval), writer.u32(*terms.session_expiry_s);
  if (!terms.assigned_client_id.empty()) {
    id(PropertyId::kAssignedClientIdentifier), writer.text(terms.assigned_client_id);  // [MQTT-3.2.2-16]
  }
  return properties;
}

/// The 3.1.1 CONNACK return code nearest in meaning. 0, none: what is not well-formed ends without a CONNACK
/// (3.1.1: [MQTT-3.1.4-1]), and a code for what that version cannot say would mislead.
std::uint8_t return_code_of(Reason reason) {
  switch (reason) {
    case Reason::kUnsupportedVersion: return 1;
    case Reason::kClientIdNotValid: return 2;
    case Reason::kBadUserNameOrPassword: return 4;
    case Reason::kNotAuthorized:
    case Reason::kBadAuthenticationMethod: return 5;
    case Reason::kUnspecified:
    case Reason::kImplementationSpecific:
    case Reason::kServerUnavailable:
    case Reason::kServerBusy:
    case Reason::kServerShuttingDown:
    case Reason::kSessionTakenOver:
    case Reason::kQuotaExceeded: return 3;
    default: return 0;
  }
}

/// A 5.0 packet of `head`, properties and `tail`; the only property is a reason string, if the client takes one.
void append_explained(PacketType type, Bytes head, std::string_view explanation, Bytes tail, const PeerWishes& wishes,
                      Buffer& output) {
  Buffer properties;
  if (!explanation.empty()) {
    Writer writer(properties);
    writer.u8(static_cast<std::uint8_t>(PropertyId::kReasonString));
    writer.text(explanation);
  }
  const auto body_size = [&] { return head.size() + varint_size(properties.size()) + properties.size() + tail.size(); };
  if (packet_size(body_size()) > wishes.maximum_packet_size) properties.clear();  // [MQTT-3.2.2-19] [MQTT-3.14.2-3]
  if (packet_size(body_size()) > wishes.maximum_packet_size) return;
  Buffer body(head.begin(), head.end());
  Writer writer(body);
  writer.varint(properties.size());
  writer.raw(properties);
  writer.raw(tail);
  append_packet(type, body, output);
}

}  // namespace
}  // namespace tidegate::mqtt
