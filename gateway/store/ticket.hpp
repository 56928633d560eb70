#pragma once

#include <compare>
#include <cstdint>

namespace tidegate::store {

/// Names a moment in the order of append() calls. Everything appended under a ticket <= durable() is on stable storage.
struct Ticket {
  std::uint64_t value = 0;  ///< 0: nothing to wait for.
  auto operator<=>(const Ticket&) const = default;
};

}  // namespace tidegate::store
