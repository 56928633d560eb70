#include "tests/blockdev/message.hpp"

#include <cstdio>

#include "tests/simulation/seeded_random.hpp"

namespace tidegate::blockdev {

namespace {

constexpr std::uint32_t kBulkyClient = 2;

}  // namespace

std::string topic_of(std::uint32_t client) { return "client/" + std::to_string(client) + "/reading"; }

std::string payload_of(MessageName name) {
  simulation::SeededRandom random(name.number << 8 | name.client);
  std::string payload = std::to_string(name.client) + " " + std::to_string(name.number) + " ";
  std::uint64_t letters = name.client == kBulkyClient ? random.between(1 << 10, 16 << 10) : random.between(0, 200);
  while (letters-- > 0) payload += static_cast<char>('a' + random.below(26));
  return payload;
}

std::optional<MessageName> name_of(std::string_view payload) {
  unsigned client = 0;
  unsigned long long number = 0;
  const std::string head(payload.substr(0, 40));
  if (std::sscanf(head.c_str(), "%u %llu ", &client, &number) != 2) return {};
  const MessageName name{client, number};
  if (payload_of(name) != payload) return {};
  return name;
}

}  // namespace tidegate::blockdev
