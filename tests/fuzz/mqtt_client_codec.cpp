// Any bytes to the client's decoder, as either version. What it says it decoded must lie within them.
#include <cstdint>
#include <cstdlib>

#include "proto/mqtt/client_codec.hpp"
#include "proto/mqtt/primitives.hpp"

namespace {

void touch(tidegate::mqtt::Bytes bytes) {
  volatile std::byte last = bytes.empty() ? std::byte{} : bytes.back();
  static_cast<void>(last);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tidegate::mqtt;
  const Bytes input = std::as_bytes(std::span(data, size));
  constexpr std::size_t kMaxPacket = 64;
  for (const Version version : {Version::k311, Version::k5}) {
    const Buffer copy(input.begin(), input.end());
    Bytes rest(copy);
    while (!rest.empty()) {
      const std::size_t before = rest.size();
      const ClientEvent event = decode_from_server(rest, version, kMaxPacket);
      if (std::holds_alternative<NeedMore>(event) || std::holds_alternative<Failure>(event)) break;
      if (rest.size() >= before) std::abort();
      if (const auto* connack = std::get_if<Connack>(&event)) touch(as_bytes(connack->assigned_client_id));
      if (const auto* publish = std::get_if<Publish>(&event)) touch(publish->payload);
      if (const auto* large = std::get_if<TooLarge>(&event)) touch(as_bytes(large->start.topic));
      if (const auto* suback = std::get_if<Suback>(&event)) touch(suback->reasons);
    }
  }
  return 0;
}
