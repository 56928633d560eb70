#include "proto/mqtt/client_codec.hpp"

#include <algorithm>
#include <array>

#include "proto/mqtt/ack.hpp"
#include "proto/mqtt/packet.hpp"
#include "proto/mqtt/publish.hpp"

namespace tidegate::mqtt {
namespace {

Buffer connect_properties(const Connect& connect);
std::uint8_t connect_flags(const Connect& connect);
unsigned subscription_options(const TopicFilter& filter, Version version);
ClientEvent decode_too_large(const FixedHeader& header, Bytes& input);
ClientEvent decode_connack(Reader& packet, Version version);
ClientEvent decode_suback(Reader& packet, Version version);
ClientEvent decode_server_disconnect(Reader& packet);
Reason reason_of_return_code(std::uint8_t code);

}  // namespace

void encode_connect(const Connect& connect, Buffer& output) {
  Buffer body;
  Writer writer(body);
  writer.text("MQTT");
  writer.u8(static_cast<std::uint8_t>(connect.version));
  writer.u8(connect_flags(connect));
  writer.u16(static_cast<std::uint16_t>(connect.keep_alive.count()));
  const auto write_properties = [&](Bytes properties) {
    if (connect.version == Version::k311) return;
    writer.varint(properties.size());
    writer.raw(properties);
  };
  write_properties(connect_properties(connect));
  writer.text(connect.client_id);
  if (connect.will) {
    write_properties(connect.will->properties);
    writer.text(connect.will->topic);
    writer.binary(connect.will->payload);
  }
  if (connect.user_name) writer.text(*connect.user_name);
  if (connect.password) writer.binary(*connect.password);
  append_packet(PacketType::kConnect, body, output);
}

void encode_publish(const Publish& publish, Version version, Buffer& output) {
  append_publish(publish, version, {}, output);
}

void encode_subscribe(std::uint16_t packet_id, std::span<const TopicFilter> filters, Version version, Buffer& output) {
  Buffer body;
  Writer writer(body);
  writer.u16(packet_id);
  if (version == Version::k5) writer.varint(0);  // no properties
  for (const TopicFilter& filter : filters) {
    writer.text(filter.filter);
    writer.u8(static_cast<std::uint8_t>(subscription_options(filter, version)));
  }
  append_packet(PacketType::kSubscribe, body, output);
}

void encode_ack(const Ack& ack, Version version, Buffer& output) { append_ack(ack, version, output); }

void encode_pingreq(Buffer& output) { append_packet(PacketType::kPingreq, {}, output); }

void encode_disconnect(Version, Buffer& output) {
  append_packet(PacketType::kDisconnect, {}, output);  // an absent reason means 0x00 in 5.0 (section 3.14.2.1)
}

ClientEvent decode_from_server(Bytes& input, Version version, std::size_t max_packet) {
  FixedHeader header;
  switch (decode_fixed_header(input, header)) {
    case HeaderState::kNeedMore: return NeedMore{};
    case HeaderState::kMalformed:
      return Failure{Reason::kMalformedPacket, "a remaining length of more than four bytes"};
    case HeaderState::kComplete: break;
  }
  if (header.packet_size() > max_packet) return decode_too_large(header, input);
  if (input.size() < header.packet_size()) return NeedMore{};
  Reader packet(input.subspan(header.size, header.remaining_length));
  input = input.subspan(header.packet_size());
  switch (header.type) {
    case PacketType::kConnack: return decode_connack(packet, version);
    case PacketType::kPuback:
    case PacketType::kPubrec:
    case PacketType::kPubrel:
    case PacketType::kPubcomp: {
      const Ack ack = decode_ack(static_cast<AckKind>(header.type), packet, version);
      if (!packet.ok()) return packet.failure();
      return ack;
    }
    case PacketType::kPublish: {
      const Publish publish = decode_publish(packet, header.flags, version);
      if (!packet.ok()) return packet.failure();
      return publish;
    }
    case PacketType::kSuback: return decode_suback(packet, version);
    case PacketType::kDisconnect: return decode_server_disconnect(packet);
    default: return OtherPacket{static_cast<std::uint8_t>(header.type)};
  }
}

namespace {

Buffer connect_properties(const Connect& connect) {
  Buffer properties;
  Writer writer(properties);
  if (connect.session_expiry_s != 0) {
    writer.u8(static_cast<std::uint8_t>(PropertyId::kSessionExpiryInterval));
    writer.u32(connect.session_expiry_s);
  }
  if (connect.receive_maximum != UINT16_MAX) {
    writer.u8(static_cast<std::uint8_t>(PropertyId::kReceiveMaximum));
    writer.u16(connect.receive_maximum);
  }
  if (connect.maximum_packet_size != UINT32_MAX) {
    writer.u8(static_cast<std::uint8_t>(PropertyId::kMaximumPacketSize));
    writer.u32(connect.maximum_packet_size);
  }
  return properties;
}

std::uint8_t connect_flags(const Connect& connect) {
  unsigned flags = connect.clean_start ? 0x02U : 0U;
  if (connect.user_name) flags |= 0x80U;
  if (connect.password) flags |= 0x40U;
  if (connect.will)
    flags |= 0x04U | static_cast<unsigned>(connect.will->qos) << 3 | (connect.will->retain ? 0x20U : 0U);
  return static_cast<std::uint8_t>(flags);
}

/// Section 3.8.3.1.
unsigned subscription_options(const TopicFilter& filter, Version version) {
  const auto qos = static_cast<unsigned>(filter.maximum_qos);
  if (version == Version::k311) return qos;
  return qos | (filter.no_local ? 0x04U : 0U) | (filter.retain_as_published ? 0x08U : 0U) |
         static_cast<unsigned>(filter.retain_handling) << 4;
}

ClientEvent decode_too_large(const FixedHeader& header, Bytes& input) {
  if (header.type != PacketType::kPublish) return Failure{Reason::kPacketTooLarge, "a packet larger than any message"};
  if (input.size() < std::min(kLongestStart, header.packet_size())) return NeedMore{};
  const Bytes here = input.first(std::min(input.size(), header.packet_size()));
  Reader start(here.subspan(header.size));
  const Publish publish = decode_publish_start(start, header.flags);
  if (!start.ok()) return start.failure();
  input = input.subspan(here.size());
  return TooLarge{publish, header.packet_size(), header.packet_size() - here.size()};
}

ClientEvent decode_connack(Reader& packet, Version version) {
  Connack connack;
  connack.session_present = (packet.u8() & 0x01U) != 0;
  const std::uint8_t code = packet.u8();
  connack.reason = version == Version::k5 ? static_cast<Reason>(code) : reason_of_return_code(code);
  // A server of 3.1.1 alone refuses in its own form, without properties.
  if (version == Version::k5 && !packet.at_end()) {
    Properties properties(packet, PropertyPlace::kConnack);
    Property property;
    while (properties.next(property)) {
      if (property.id == PropertyId::kReceiveMaximum) {
        connack.receive_maximum = static_cast<std::uint16_t>(property.number);
      } else if (property.id == PropertyId::kAssignedClientIdentifier) {
        connack.assigned_client_id = property.text;
      } else if (property.id == PropertyId::kServerKeepAlive) {
        connack.server_keep_alive = std::chrono::seconds(property.number);
      }
    }
  }
  if (!packet.ok()) return packet.failure();
  return connack;
}

ClientEvent decode_suback(Reader& packet, Version version) {
  Suback suback{.packet_id = packet.u16(), .reasons = {}};
  if (version == Version::k5) checked_properties(packet, PropertyPlace::kSuback);
  suback.reasons = packet.rest();
  if (!packet.ok()) return packet.failure();
  return suback;
}

// Nothing at all means reason 0x00, a reason alone means no properties (section 3.14.2).
ClientEvent decode_server_disconnect(Reader& packet) {
  ServerDisconnect disconnect;
  if (!packet.at_end()) disconnect.reason = static_cast<Reason>(packet.u8());
  if (!packet.at_end()) checked_properties(packet, PropertyPlace::kDisconnect);
  if (!packet.ok()) return packet.failure();
  return disconnect;
}

Reason reason_of_return_code(std::uint8_t code) {
  constexpr std::array kReasons{Reason::kSuccess,           Reason::kUnsupportedVersion,    Reason::kClientIdNotValid,
                                Reason::kServerUnavailable, Reason::kBadUserNameOrPassword, Reason::kNotAuthorized};
  return code < kReasons.size() ? kReasons[code] : Reason::kUnspecified;
}

}  // namespace
}  // namespace tidegate::mqtt
