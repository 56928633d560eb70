#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>

#include "gateway/base/bytes.hpp"

namespace tidegate {

/// The position of a record in its stream: 0 for the first ever, plus one for each next one, across incarnations.
struct Offset {
  std::uint64_t value = 0;
  auto operator<=>(const Offset&) const = default;
};
constexpr Offset operator+(Offset offset, std::uint64_t count) { return {offset.value + count}; }
constexpr std::uint64_t operator-(Offset to, Offset from) { return to.value - from.value; }

/// The end of a range that is still open.
inline constexpr Offset kOpenEnd{UINT64_MAX};

/// A random 128-bit number under which a stretch of offsets is unique for ever (UUID-sized; drawn when the store is
/// created, when the board's identity differs from the stored one, and when an upstream knows more than the store).
struct Incarnation {
  std::array<std::byte, 16> bytes{};
  auto operator<=>(const Incarnation&) const = default;
};
inline std::string to_string(const Incarnation& incarnation) { return to_hex(incarnation.bytes); }

/// A boot of this machine (Linux: /proc/sys/kernel/random/boot_id). Monotonic times of one boot can be compared.
struct BootId {
  std::array<std::byte, 16> bytes{};
  auto operator<=>(const BootId&) const = default;
};

/// A stream's place in the configuration of this process. The durable name of a stream is its name.
struct StreamIndex {
  std::uint16_t value = 0;
  auto operator<=>(const StreamIndex&) const = default;
};

/// Part of an upstream position: lane 0 is in order of receipt; a live lane may overtake a backlog lane.
struct Lane {
  std::uint8_t value = 0;
  auto operator<=>(const Lane&) const = default;
};

}  // namespace tidegate
