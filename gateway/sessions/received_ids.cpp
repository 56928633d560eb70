#include "gateway/sessions/received_ids.hpp"

#include <algorithm>

namespace tidegate::sessions {

bool ReceivedIds::contains(std::uint16_t packet_id) const {
  return std::binary_search(ids_.begin(), ids_.end(), packet_id);
}

void ReceivedIds::insert(std::uint16_t packet_id, store::Ticket ticket) {
  ticket_ = std::max(ticket_, ticket);
  const auto at = std::lower_bound(ids_.begin(), ids_.end(), packet_id);
  if (at != ids_.end() && *at == packet_id) return;
  ids_.insert(at, packet_id);
  budget_.take(sizeof packet_id);
}

void ReceivedIds::erase(std::uint16_t packet_id) {
  const auto at = std::lower_bound(ids_.begin(), ids_.end(), packet_id);
  if (at == ids_.end() || *at != packet_id) return;
  ids_.erase(at);
  budget_.give_back(sizeof packet_id);
  if (ids_.empty()) ids_ = {};
}

}  // namespace tidegate::sessions
