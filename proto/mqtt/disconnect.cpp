#include "proto/mqtt/disconnect.hpp"

#include "proto/mqtt/properties.hpp"

namespace tidegate::mqtt {
namespace {

bool may_come_from_client(std::uint8_t reason);
std::optional<std::uint32_t> read_session_expiry(Reader& packet, bool wanted_session_expiry);

}  // namespace

Disconnect decode_disconnect(Reader& packet, Version version, bool wanted_session_expiry) {
  if (version == Version::k311) {
    if (!packet.at_end()) packet.fail(Reason::kMalformedPacket, "a DISCONNECT with a body (3.1.1: section 3.14)");
    return {};
  }
  // Nothing at all means reason 0x00, a reason alone means no properties (section 3.14.2).
  const std::uint8_t reason = packet.at_end() ? 0 : packet.u8();
  if (!may_come_from_client(reason)) {
    packet.fail(Reason::kProtocolError, "a DISCONNECT with a reason that no client gives [MQTT-3.14.2-1]");
  }
  Disconnect disconnect{.discard_will = reason == 0, .reason = static_cast<Reason>(reason), .session_expiry_s = {}};
  if (!packet.at_end()) disconnect.session_expiry_s = read_session_expiry(packet, wanted_session_expiry);
  if (!packet.at_end())
    packet.fail(Reason::kMalformedPacket, "bytes after the last field of DISCONNECT (section 3.14)");
  return disconnect;
}

namespace {

/// Section 3.14.2.1, the column "sent by".
bool may_come_from_client(std::uint8_t reason) {
  return reason == 0x00 || reason == 0x04 || (reason >= 0x80 && reason <= 0x83) || reason == 0x90 ||
         (reason >= 0x93 && reason <= 0x99);
}

std::optional<std::uint32_t> read_session_expiry(Reader& packet, bool wanted_session_expiry) {
  Properties properties(packet, PropertyPlace::kDisconnect);
  Property property;
  std::optional<std::uint32_t> session_expiry_s;
  while (properties.next(property)) {
    if (property.id == PropertyId::kServerReference) {
      packet.fail(Reason::kProtocolError, "a client's DISCONNECT with a Server Reference (section 3.14.2.2.5)");
    }
    if (property.id == PropertyId::kSessionExpiryInterval) session_expiry_s = property.number;
    if (session_expiry_s.value_or(0) != 0 && !wanted_session_expiry) {
      packet.fail(Reason::kProtocolError, "a session expiry at DISCONNECT after none at CONNECT (section 3.14.2.2.2)");
    }
  }
  return session_expiry_s;
}

}  // namespace
}  // namespace tidegate::mqtt
