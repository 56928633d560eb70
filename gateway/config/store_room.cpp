#include "gateway/config/store_room.hpp"

#include <algorithm>

namespace tidegate::config {

std::uint64_t slot_bytes(const Store& store, std::uint64_t pool_bytes) {
  constexpr std::uint64_t kLeastByDefault = 4 << 20;
  constexpr std::uint64_t kSlotsByDefault = 1000;
  const std::uint64_t wanted =
      store.slot_bytes != 0 ? store.slot_bytes : std::max(kLeastByDefault, pool_bytes / kSlotsByDefault);
  return wanted / store.frame_alignment * store.frame_alignment;
}

std::uint64_t state_bytes(std::uint64_t pool_bytes) { return std::min<std::uint64_t>(pool_bytes / 16, 64 << 20); }

std::uint64_t quota_room(const Store& store, std::uint64_t pool_bytes) {
  const std::uint64_t kept =
      kReserveSlots * slot_bytes(store, pool_bytes) + state_bytes(pool_bytes) + store.dead_letter_bytes;
  return pool_bytes - std::min(pool_bytes, kept);
}

}  // namespace tidegate::config
