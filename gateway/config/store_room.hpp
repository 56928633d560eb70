#pragma once

#include <cstdint>

#include "gateway/config/config.hpp"

namespace tidegate::config {

inline constexpr std::uint64_t kReserveSlots = 4;  ///< The active slot, a spare, and room to clean.

/// Bytes of a slot of a pool of this size: store.slot, else a thousandth of the pool, at least 4 MiB; a multiple of
/// store.frame_alignment.
std::uint64_t slot_bytes(const Store& store, std::uint64_t pool_bytes);

/// What a pool of this size sets apart for the sessions that are kept: a sixteenth, at most 64 MiB.
std::uint64_t state_bytes(std::uint64_t pool_bytes);

/// What it leaves for the quotas of all streams, beside its reserve, the sessions and the dead letter.
std::uint64_t quota_room(const Store& store, std::uint64_t pool_bytes);

}  // namespace tidegate::config
