#pragma once

#include <cstdint>
#include <string_view>

#include "proto/mqtt/packet.hpp"
#include "proto/mqtt/primitives.hpp"

namespace tidegate::mqtt {

/// Property identifiers (MQTT 5.0 section 2.2.2.2).
enum class PropertyId : std::uint8_t {
  kPayloadFormatIndicator = 0x01,
  kMessageExpiryInterval = 0x02,
  kContentType = 0x03,
  kResponseTopic = 0x08,
  kCorrelationData = 0x09,
  kSubscriptionIdentifier = 0x0B,
  kSessionExpiryInterval = 0x11,
  kAssignedClientIdentifier = 0x12,
  kServerKeepAlive = 0x13,
  kAuthenticationMethod = 0x15,
  kAuthenticationData = 0x16,
  kRequestProblemInformation = 0x17,
  kWillDelayInterval = 0x18,
  kRequestResponseInformation = 0x19,
  kResponseInformation = 0x1A,
  kServerReference = 0x1C,
  kReasonString = 0x1F,
  kReceiveMaximum = 0x21,
  kTopicAliasMaximum = 0x22,
  kTopicAlias = 0x23,
  kMaximumQos = 0x24,
  kRetainAvailable = 0x25,
  kUserProperty = 0x26,
  kMaximumPacketSize = 0x27,
  kWildcardSubscriptionAvailable = 0x28,
  kSubscriptionIdentifierAvailable = 0x29,
  kSharedSubscriptionAvailable = 0x2A,
};

/// Where properties stand: in a packet of this type, or in the will within a CONNECT, which has a list of its own.
enum class PropertyPlace : std::uint32_t {
  kConnect = 1U << static_cast<unsigned>(PacketType::kConnect),
  kConnack = 1U << static_cast<unsigned>(PacketType::kConnack),
  kPublish = 1U << static_cast<unsigned>(PacketType::kPublish),
  kPuback = 1U << static_cast<unsigned>(PacketType::kPuback),
  kPubrec = 1U << static_cast<unsigned>(PacketType::kPubrec),
  kPubrel = 1U << static_cast<unsigned>(PacketType::kPubrel),
  kPubcomp = 1U << static_cast<unsigned>(PacketType::kPubcomp),
  kSubscribe = 1U << static_cast<unsigned>(PacketType::kSubscribe),
  kSuback = 1U << static_cast<unsigned>(PacketType::kSuback),
  kUnsubscribe = 1U << static_cast<unsigned>(PacketType::kUnsubscribe),
  kDisconnect = 1U << static_cast<unsigned>(PacketType::kDisconnect),
  kWill = 1U << 16,
};

/// One property. A view into the packet.
struct Property {
  PropertyId id{};
  std::uint32_t number = 0;  ///< Of the numeric types.
  std::string_view text;     ///< Of strings and binary data; the name of a User Property.
  std::string_view value;    ///< Of a User Property.
  Bytes raw;                 ///< As it came, identifier included.
};

/// The properties of one packet, one after another, each checked: known, allowed in this place, there once, its value
/// in range. A fault goes to the reader of the packet and ends the walk.
class Properties {
 public:
  /// Takes the length and the properties out of `packet`.
  Properties(Reader& packet, PropertyPlace place) : Properties(packet, place, packet.take(packet.varint())) {}
  /// Of properties that were taken out before; faults go to `packet` all the same.
  Properties(Reader& packet, PropertyPlace place, Bytes raw)
      : packet_(packet), place_(place), raw_(raw), reader_(raw) {}

  /// False at the end, and after a fault.
  bool next(Property& property);

  /// All of them as they came, without their length.
  [[nodiscard]] Bytes raw() const { return raw_; }

 private:
  bool read(Property& property);

  Reader& packet_;
  PropertyPlace place_;
  Bytes raw_;
  Reader reader_;
  std::uint64_t seen_ = 0;  // a bit for each identifier
};

/// Walks over all properties and returns them raw; for packets whose properties are only checked.
Bytes checked_properties(Reader& packet, PropertyPlace place);

}  // namespace tidegate::mqtt
