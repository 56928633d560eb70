#include "proto/mqtt/server_session.hpp"

#include <algorithm>
#include <array>

#include "proto/mqtt/ack.hpp"
#include "proto/mqtt/connect.hpp"
#include "proto/mqtt/disconnect.hpp"
#include "proto/mqtt/publish.hpp"
#include "proto/mqtt/subscribe.hpp"

namespace tidegate::mqtt {
namespace {

constexpr Failure kNeverSent{Reason::kProtocolError, "an acknowledgement of what was never sent (section 4.3)"};

}  // namespace

Event ServerSession::next(Bytes& input, Buffer& output) {
  if (state_ == State::kAwaitAnswer) return NeedMore{};
  if (state_ == State::kClosed) {
    input = {};
    return NeedMore{};
  }
  FixedHeader header;
  switch (decode_fixed_header(input, header)) {
    case HeaderState::kNeedMore: return NeedMore{};
    case HeaderState::kMalformed:
      return fail({Reason::kMalformedPacket, "a remaining length of more than four bytes (section 2.1.4)"}, output);
    case HeaderState::kComplete: break;
  }
  if (const std::optional<Failure> fault = fault_of(header)) return fail(*fault, output);
  if (state_ == State::kExpectConnect && header.packet_size() > limits_->maximum_connect_size)
    return refuse_large_connect(input.subspan(header.size), output);
  if (input.size() < header.packet_size()) return NeedMore{};
  Reader packet(input.subspan(header.size, header.remaining_length));
  input = input.subspan(header.packet_size());
  return (this->*kind_of(header.type).decode)(header, packet, output);
}

void ServerSession::accept(const Accept& answer, Buffer& output) {
  ConnackTerms terms{.session_present = answer.session_present,
                     .receive_maximum = limits_->receive_maximum,
                     .maximum_packet_size = limits_->maximum_packet_size,
                     .server_keep_alive = {},
                     .session_expiry_s = answer.session_expiry_s,
                     .assigned_client_id = answer.assigned_client_id};
  const auto longest = static_cast<std::uint16_t>(limits_->keep_alive_max.count());
  if (version_ == Version::k5 && longest != 0 && (keep_alive_s_ == 0 || keep_alive_s_ > longest)) {
    keep_alive_s_ = longest;
    terms.server_keep_alive = limits_->keep_alive_max;  // [MQTT-3.2.2-21]
  }
  append_connack(version_, terms, output);
  accepted_ = true;
  state_ = State::kConnected;
}

void ServerSession::refuse(Reason reason, Buffer& output) { say_last_words(reason, {}, output); }

void ServerSession::acknowledge(const Ack& ack, Buffer& output) {
  const bool done = ack.kind == AckKind::kPuback || ack.kind == AckKind::kPubcomp ||
                    (ack.kind == AckKind::kPubrec && ack.refuses());  // [MQTT-4.9.0-2]
  if (done && unanswered_ > 0) --unanswered_;
  if (ack.kind == AckKind::kPubrel) in_flight().await(ack.packet_id, AckKind::kPubcomp);
  append_ack(ack, version_, output);
}

void ServerSession::suback(std::uint16_t packet_id, std::span<const Reason> reasons, Buffer& output) {
  append_filter_answer(PacketType::kSuback, version_, packet_id, reasons, wishes_, output);
}

void ServerSession::unsuback(std::uint16_t packet_id, std::span<const Reason> reasons, Buffer& output) {
  append_filter_answer(PacketType::kUnsuback, version_, packet_id, reasons, wishes_, output);
}

Sent ServerSession::publish(const Delivery& delivery, Buffer& output) {
  Publish publish = delivery.message;
  Buffer aged;
  const std::optional<Bytes> properties = aged_properties(publish.properties, delivery.waited, aged);
  if (!properties) return Sent::kExpired;
  publish.properties = *properties;
  Buffer identifiers;
  for (const std::uint32_t identifier : delivery.identifiers) {
    Writer writer(identifiers);
    writer.u8(static_cast<std::uint8_t>(PropertyId::kSubscriptionIdentifier));
    writer.varint(identifier);  // [MQTT-3.3.4-3]
  }
  if (publish_size(publish, version_, identifiers) > wishes_.maximum_packet_size) return Sent::kTooLarge;
  if (publish.qos != QoS::kAtMostOnce) {
    if (in_flight().count() >= std::min(wishes_.receive_maximum, limits_->send_maximum)) return Sent::kNoQuota;
    if (publish.qos == QoS::kAtLeastOnce) publish.packet_id = in_flight().allot();
    if (publish.qos == QoS::kExactlyOnce) in_flight().await(publish.packet_id, AckKind::kPubrec);
  }
  append_publish(publish, version_, identifiers, output);
  return Sent::kSent;
}

void ServerSession::disconnect(Reason reason, Buffer& output) { say_last_words(reason, {}, output); }

/// What is wrong with a packet of which no more than the header is known.
std::optional<Failure> ServerSession::fault_of(const FixedHeader& header) const {
  if (header.packet_size() > limits_->maximum_packet_size) {
    return Failure{Reason::kPacketTooLarge, "a packet over the Maximum Packet Size [MQTT-3.2.2-15]"};
  }
  if (state_ == State::kExpectConnect && header.type != PacketType::kConnect) {
    return Failure{Reason::kProtocolError, "the first packet is not CONNECT [MQTT-3.1.0-1]"};
  }
  if (header.type != PacketType::kPublish && header.flags != kind_of(header.type).flags) {
    return Failure{Reason::kMalformedPacket, "reserved flags of the fixed header [MQTT-2.1.3-1]"};
  }
  if (!header.shortest && version_ == Version::k5) {
    return Failure{Reason::kMalformedPacket, "a remaining length longer than needed [MQTT-1.5.5-1]"};
  }
  return {};
}

const ServerSession::Kind& ServerSession::kind_of(PacketType type) {
  static constexpr std::array<Kind, 16> kKinds{{
      {&ServerSession::on_misplaced, 0},
      {&ServerSession::on_connect, 0},
      {&ServerSession::on_misplaced, 0},       // CONNACK
      {&ServerSession::on_publish, 0},         // its flags carry meaning
      {&ServerSession::on_ack, 0},             // PUBACK
      {&ServerSession::on_ack, 0},             // PUBREC
      {&ServerSession::on_ack, 0x02},          // PUBREL [MQTT-3.6.1-1]
      {&ServerSession::on_ack, 0},             // PUBCOMP
      {&ServerSession::on_subscribe, 0x02},    // [MQTT-3.8.1-1]
      {&ServerSession::on_misplaced, 0},       // SUBACK
      {&ServerSession::on_unsubscribe, 0x02},  // [MQTT-3.10.1-1]
      {&ServerSession::on_misplaced, 0},       // UNSUBACK
      {&ServerSession::on_pingreq, 0},
      {&ServerSession::on_misplaced, 0},  // PINGRESP
      {&ServerSession::on_disconnect, 0},
      {&ServerSession::on_misplaced, 0},  // AUTH
  }};
  return kKinds[static_cast<std::size_t>(type)];
}

Event ServerSession::on_connect(const FixedHeader& header, Reader& packet, Buffer& output) {
  if (state_ == State::kConnected) return fail({Reason::kProtocolError, "a second CONNECT [MQTT-3.1.0-2]"}, output);
  ConnectPacket decoded;
  decode_connect(packet, decoded);
  const Connect& connect = decoded.connect;
  version_ = decoded.understood.value_or(Version::k311);
  wishes_ = {connect.maximum_packet_size, connect.receive_maximum, decoded.wants_problem_information};
  keep_alive_s_ = static_cast<std::uint16_t>(connect.keep_alive.count());
  wanted_session_expiry_ = connect.session_expiry_s != 0;
  if (!header.shortest && version_ == Version::k5) {
    packet.fail(Reason::kMalformedPacket, "a remaining length longer than needed [MQTT-1.5.5-1]");
  }
  const std::size_t connack_bytes =
      kMaxConnackBytes + (connect.client_id.empty() ? kMaxAssignedClientIdPropertyBytes : 0);
  if (connect.maximum_packet_size < connack_bytes) {
    packet.fail(Reason::kPacketTooLarge, "the client takes no packet as large as our CONNACK [MQTT-3.1.2-24]");
  }
  if (!packet.ok()) {
    if (decoded.understood) state_ = State::kAwaitAnswer;
    return fail(packet.failure(), output);
  }
  state_ = State::kAwaitAnswer;
  return connect;
}

Event ServerSession::on_publish(const FixedHeader& header, Reader& packet, Buffer& output) {
  const Publish publish = decode_publish(packet, header.flags, version_);
  if (!packet.ok()) return fail(packet.failure(), output);
  if (publish.qos != QoS::kAtMostOnce && version_ == Version::k5 && ++unanswered_ > limits_->receive_maximum) {
    return fail({Reason::kReceiveMaximumExceeded, "more QoS 1 and 2 messages at a time than announced [MQTT-3.3.4-7]"},
                output);
  }
  return publish;
}

Event ServerSession::on_ack(const FixedHeader& header, Reader& packet, Buffer& output) {
  const Ack ack = decode_ack(static_cast<AckKind>(header.type), packet, version_);
  if (!packet.ok()) return fail(packet.failure(), output);
  switch (ack.kind) {
    case AckKind::kPuback:
      if (!in_flight().release(ack.packet_id, ack.kind)) return fail(kNeverSent, output);
      return ack;
    case AckKind::kPubrec:
      if (!in_flight().awaits(ack.packet_id, ack.kind)) return answer_unknown_pubrec(ack.packet_id, output);
      if (ack.refuses()) in_flight().release(ack.packet_id, ack.kind);  // that was its last word (section 4.3.3)
      return ack;
    case AckKind::kPubrel: return ack;
    case AckKind::kPubcomp:
      if (!in_flight().release(ack.packet_id, ack.kind)) return Handled{};
      return ack;
  }
  return Handled{};
}

/// The client waits for a PUBREL: for one that was sent already, or for that of a session which is not known any more.
Event ServerSession::answer_unknown_pubrec(std::uint16_t packet_id, Buffer& output) {
  const bool released = in_flight().awaits(packet_id, AckKind::kPubcomp);
  const Reason reason = released ? Reason::kSuccess : Reason::kPacketIdentifierNotFound;
  append_ack({AckKind::kPubrel, packet_id, reason}, version_, output);
  return Handled{};
}

Event ServerSession::on_subscribe(const FixedHeader&, Reader& packet, Buffer& output) {
  const Subscribe subscribe = decode_subscribe(packet, version_);
  if (!packet.ok()) return fail(packet.failure(), output);
  return subscribe;
}

Event ServerSession::on_unsubscribe(const FixedHeader&, Reader& packet, Buffer& output) {
  const Unsubscribe unsubscribe = decode_unsubscribe(packet, version_);
  if (!packet.ok()) return fail(packet.failure(), output);
  return unsubscribe;
}

Event ServerSession::on_pingreq(const FixedHeader&, Reader& packet, Buffer& output) {
  if (!packet.at_end()) return fail({Reason::kMalformedPacket, "a PINGREQ with a body (section 3.12)"}, output);
  append_packet(PacketType::kPingresp, {}, output);  // [MQTT-3.12.4-1]
  return Handled{};
}

Event ServerSession::on_disconnect(const FixedHeader&, Reader& packet, Buffer& output) {
  const Disconnect disconnect = decode_disconnect(packet, version_, wanted_session_expiry_);
  if (!packet.ok()) return fail(packet.failure(), output);
  state_ = State::kClosed;
  return disconnect;
}

/// Packets that only a server sends, AUTH without a method, reserved types.
Event ServerSession::on_misplaced(const FixedHeader& header, Reader&, Buffer& output) {
  switch (header.type) {
    case PacketType::kReserved:
      return fail({Reason::kMalformedPacket, "reserved packet type 0 (section 2.1.2)"}, output);
    case PacketType::kAuth:
      if (version_ == Version::k311) {
        return fail({Reason::kMalformedPacket, "reserved packet type 15 (3.1.1: section 2.2.1)"}, output);
      }
      return fail({Reason::kProtocolError, "AUTH without an authentication method [MQTT-4.12.0-7]"}, output);
    default: return fail({Reason::kProtocolError, "a packet that only a server sends (section 2.1.2)"}, output);
  }
}

/// As soon as its first bytes tell which version to answer in.
Event ServerSession::refuse_large_connect(Bytes body, Buffer& output) {
  constexpr std::size_t kLevelAt = 6;  // behind the protocol's name (section 3.1.2.2)
  if (body.size() <= kLevelAt) return NeedMore{};
  version_ = body[kLevelAt] == std::byte{5} ? Version::k5 : Version::k311;
  state_ = State::kAwaitAnswer;
  return fail(
      {Reason::kPacketTooLarge, "a CONNECT over the size that is taken from who is not known yet (section 3.1.4)"},
      output);
}

InFlight& ServerSession::in_flight() {
  if (!in_flight_) in_flight_ = std::make_unique<InFlight>();
  return *in_flight_;
}

Event ServerSession::fail(const Failure& failure, Buffer& output) {
  say_last_words(failure.reason, failure.explanation, output);
  return failure;
}

/// A refused CONNECT is answered with CONNACK; DISCONNECT is only for who was accepted [MQTT-3.14.0-1].
void ServerSession::say_last_words(Reason reason, std::string_view explanation, Buffer& output) {
  if (state_ == State::kAwaitAnswer) append_connack_refusal(version_, reason, explanation, wishes_, output);
  if (state_ == State::kConnected && version_ == Version::k5) append_disconnect(reason, explanation, wishes_, output);
  state_ = State::kClosed;
}

}  // namespace tidegate::mqtt
