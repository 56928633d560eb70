#include "proto/mqtt/ack.hpp"

#include "proto/mqtt/packet.hpp"
#include "proto/mqtt/properties.hpp"

namespace tidegate::mqtt {
namespace {

PropertyPlace place_of(AckKind kind) { return static_cast<PropertyPlace>(1U << static_cast<unsigned>(kind)); }

}  // namespace

Ack decode_ack(AckKind kind, Reader& packet, Version version) {
  Ack ack{.kind = kind, .packet_id = packet.u16()};
  // Nothing more means success, a reason alone means no properties (section 3.4.2).
  if (version == Version::k5 && !packet.at_end()) ack.reason = static_cast<Reason>(packet.u8());
  if (version == Version::k5 && !packet.at_end()) checked_properties(packet, place_of(kind));
  if (!packet.at_end())
    packet.fail(Reason::kMalformedPacket, "bytes after the last field of an acknowledgement (section 3.4)");
  return ack;
}

void append_ack(const Ack& ack, Version version, Buffer& output) {
  const bool plain = version == Version::k311 || ack.reason == Reason::kSuccess;
  const std::uint8_t flags = ack.kind == AckKind::kPubrel ? 0x02 : 0;  // [MQTT-3.6.1-1]
  Writer writer(output);
  writer.u8(first_byte(static_cast<PacketType>(ack.kind), flags));
  writer.u8(plain ? 2 : 3);  // success needs no reason code (section 3.4.2.1)
  writer.u16(ack.packet_id);
  if (!plain) writer.u8(static_cast<std::uint8_t>(ack.reason));
}

}  // namespace tidegate::mqtt
