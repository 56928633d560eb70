#include "proto/mqtt/packet.hpp"

#include "proto/mqtt/primitives.hpp"

namespace tidegate::mqtt {

HeaderState decode_fixed_header(Bytes input, FixedHeader& header) {
  constexpr std::size_t kMaxLengthBytes = 4;
  header.remaining_length = 0;
  for (std::size_t i = 1; i <= kMaxLengthBytes; ++i) {
    if (i >= input.size()) return HeaderState::kNeedMore;
    const auto byte = std::to_integer<std::uint32_t>(input[i]);
    header.remaining_length |= (byte & 0x7F) << (7 * (i - 1));
    if ((byte & 0x80) != 0) continue;
    const auto first = std::to_integer<std::uint8_t>(input[0]);
    header.type = static_cast<PacketType>(first >> 4);
    header.flags = first & 0x0F;
    header.size = static_cast<std::uint8_t>(i + 1);
    header.shortest = byte != 0 || i == 1;
    return HeaderState::kComplete;
  }
  return HeaderState::kMalformed;
}

void append_packet(PacketType type, Bytes body, Buffer& output) {
  Writer writer(output);
  writer.u8(first_byte(type, type == PacketType::kSubscribe ? 0x02 : 0));  // [MQTT-3.8.1-1]
  writer.varint(body.size());
  writer.raw(body);
}

}  // namespace tidegate::mqtt
