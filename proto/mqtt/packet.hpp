#pragma once

#include <cstddef>
#include <cstdint>

#include "proto/mqtt/types.hpp"

namespace tidegate::mqtt {

/// MQTT control packet types (MQTT 5.0 section 2.1.2).
enum class PacketType : std::uint8_t {
  kReserved = 0,
  kConnect = 1,
  kConnack = 2,
  kPublish = 3,
  kPuback = 4,
  kPubrec = 5,
  kPubrel = 6,
  kPubcomp = 7,
  kSubscribe = 8,
  kSuback = 9,
  kUnsubscribe = 10,
  kUnsuback = 11,
  kPingreq = 12,
  kPingresp = 13,
  kDisconnect = 14,
  kAuth = 15,
};

/// What every packet begins with (section 2.1.1).
struct FixedHeader {
  PacketType type = PacketType::kReserved;
  std::uint8_t flags = 0;
  std::uint8_t size = 0;  ///< Of the header itself: 2 to 5 bytes.
  bool shortest = true;   ///< The length took no more bytes than needed; a must in 5.0 only [MQTT-1.5.5-1].
  std::uint32_t remaining_length = 0;

  [[nodiscard]] std::size_t packet_size() const { return std::size_t{size} + remaining_length; }
};

enum class HeaderState { kNeedMore, kMalformed, kComplete };

/// Decodes the header at the front of `input`, however much of its packet is there. kMalformed: a length of five bytes.
HeaderState decode_fixed_header(Bytes input, FixedHeader& header);

/// The first byte of a packet.
constexpr std::uint8_t first_byte(PacketType type, std::uint8_t flags = 0) {
  return static_cast<std::uint8_t>(static_cast<unsigned>(type) << 4 | flags);
}

/// Appends header and body.
void append_packet(PacketType type, Bytes body, Buffer& output);

}  // namespace tidegate::mqtt
