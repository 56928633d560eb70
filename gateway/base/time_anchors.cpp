#include "gateway/base/time_anchors.hpp"

#include <algorithm>
#include <cstdint>

namespace tidegate {

namespace {

/// By how much the clock must have been set to count: more than a busy machine may let pass between two readings.
constexpr std::chrono::seconds kStep{1};

std::uint64_t bits(std::chrono::microseconds time) { return static_cast<std::uint64_t>(time.count()); }

}  // namespace

// Unsigned: what comes from a disk may be any number.
WallTime TimeAnchor::wall_at(Monotonic at) const {
  return WallTime(static_cast<std::int64_t>(bits(wall) + bits(at) - bits(monotonic)));
}

std::optional<TimeAnchor> TimeAnchors::look() {
  const Timestamp now = clock_.now();
  const TimeAnchor seen{clock_.boot_id(), now.monotonic, now.wall};
  if (now.quality != TimeQuality::kSynchronised || seen.boot == BootId{}) return std::nullopt;
  const TimeAnchor* known = of(seen.boot);
  if (known != nullptr && std::chrono::abs(seen.wall - known->wall_at(seen.monotonic)) < kStep) return std::nullopt;
  remember(seen);
  return seen;
}

void TimeAnchors::remember(const TimeAnchor& anchor) {
  const auto known = std::ranges::find(anchors_, anchor.boot, &TimeAnchor::boot);
  if (known != anchors_.end()) {
    *known = anchor;
    return;
  }
  anchors_.push_back(anchor);
  if (anchors_.size() > kMostBoots) anchors_.pop_front();
}

const TimeAnchor* TimeAnchors::of(const BootId& boot) const {
  const auto found = std::ranges::find(anchors_, boot, &TimeAnchor::boot);
  return found == anchors_.end() ? nullptr : &*found;
}

}  // namespace tidegate
