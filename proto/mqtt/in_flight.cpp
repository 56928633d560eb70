#include "proto/mqtt/in_flight.hpp"

#include <algorithm>

namespace tidegate::mqtt {

std::uint16_t InFlight::allot() {
  do {
    ++last_;
  } while (last_ == 0 || std::find(identifiers_.begin(), identifiers_.end(), last_) != identifiers_.end());
  identifiers_.push_back(last_);
  return last_;
}

bool InFlight::release(std::uint16_t packet_id) {
  const auto found = std::find(identifiers_.begin(), identifiers_.end(), packet_id);
  if (found == identifiers_.end()) return false;
  identifiers_.erase(found);
  return true;
}

}  // namespace tidegate::mqtt
