#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "gateway/store/log.hpp"

namespace tidegate::blockdev {

/// What was promised of one client's messages when the power went.
struct Promise {
  std::uint64_t acknowledged = 0;     ///< Messages [0, that).
  std::set<std::uint64_t> delivered;  ///< Numbers that the upstream has, now or later.
};

/// Opens the store that a power cut left, as the gateway does, reads everything and holds it against the promises; the
/// stream at index i is that of client i. What is wrong, in words, or nothing:
/// - an acknowledged message is there, unless it was delivered, or the stream drops its oldest and says how many;
/// - what is there is whole, was sent, and lies in the order in which it was sent, without a hole;
/// - the store takes new messages, and they can be read.
std::optional<std::string> check_recovered(const store::LogOptions& options, const std::vector<Promise>& promises,
                                           std::uint64_t seed);

}  // namespace tidegate::blockdev
