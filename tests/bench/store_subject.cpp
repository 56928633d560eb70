#include "tests/bench/store_subject.hpp"

#include <cstdio>
#include <cstdlib>

namespace tidegate::bench {

std::string key_of(std::uint16_t stream, std::uint64_t offset) {
  std::string key;
  for (int shift = 8; shift >= 0; shift -= 8) key += static_cast<char>(stream >> shift);
  for (int shift = 56; shift >= 0; shift -= 8) key += static_cast<char>(offset >> shift);
  return key;
}

std::string value_of(const store::Message& message) {
  Buffer bytes;
  ByteWriter out(bytes);
  out.u8(message.qos);
  out.varint(static_cast<std::uint64_t>(message.received.monotonic.count()));
  out.varint(static_cast<std::uint64_t>(message.received.wall.count()));
  out.prefixed(as_bytes(message.topic));
  out.prefixed(as_bytes(message.client));
  out.prefixed(message.payload);
  return std::string(as_text(bytes));
}

void give_up(const std::string& words) {
  std::fprintf(stderr, "store_bench: %s\n", words.c_str());
  std::exit(1);
}

}  // namespace tidegate::bench
