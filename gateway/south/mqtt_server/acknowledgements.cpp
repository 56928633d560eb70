#include "gateway/south/mqtt_server/acknowledgements.hpp"

namespace tidegate::south {

std::optional<Acknowledgements::Owed> Acknowledgements::next(store::Ticket durable) {
  if (empty() || owed_[head_].ticket > durable) return std::nullopt;
  const Owed owed = owed_[head_++];
  if (empty()) {
    constexpr std::size_t kKeep = 64;  // a busy connection keeps a small buffer, a burst's is given back
    if (owed_.capacity() > kKeep) owed_ = {};
    owed_.clear();
    head_ = 0;
  }
  return owed;
}

}  // namespace tidegate::south
