#include "proto/mqtt/in_flight.hpp"

#include <algorithm>

namespace tidegate::mqtt {

std::uint16_t InFlight::allot() {
  do {
    last_ = static_cast<std::uint16_t>(last_ % (kLeastGivenId - 1) + 1);
  } while (find(last_) != messages_.end());
  messages_.push_back({last_, AckKind::kPuback});
  return last_;
}

void InFlight::await(std::uint16_t packet_id, AckKind awaited) {
  const auto found = find(packet_id);
  if (found == messages_.end()) return messages_.push_back({packet_id, awaited});
  messages_[static_cast<std::size_t>(found - messages_.begin())].awaited = awaited;
}

bool InFlight::awaits(std::uint16_t packet_id, AckKind awaited) const {
  const auto found = find(packet_id);
  return found != messages_.end() && found->awaited == awaited;
}

bool InFlight::release(std::uint16_t packet_id, AckKind awaited) {
  const auto found = find(packet_id);
  if (found == messages_.end() || found->awaited != awaited) return false;
  messages_.erase(found);
  return true;
}

std::vector<InFlight::Message>::const_iterator InFlight::find(std::uint16_t packet_id) const {
  return std::find_if(messages_.begin(), messages_.end(),
                      [packet_id](const Message& message) { return message.packet_id == packet_id; });
}

}  // namespace tidegate::mqtt
