#pragma once

#include <cstddef>
#include <deque>
#include <optional>

#include "gateway/base/clock.hpp"
#include "gateway/base/ids.hpp"

namespace tidegate {

/// What wall time a moment of a boot really had. Between two settings of the wall clock it and the monotonic time run
/// alike (NTP slews both), so any other moment of that boot follows from it.
struct TimeAnchor {
  BootId boot;
  Monotonic monotonic{};
  WallTime wall{};
  auto operator<=>(const TimeAnchor&) const = default;

  /// What a right wall clock showed at `at`, of the same boot.
  [[nodiscard]] WallTime wall_at(Monotonic at) const;
  /// Makes of a time of the same boot what goes out: that of a synchronised clock stays, another one follows from this.
  void correct(Timestamp& time) const {
    if (time.quality == TimeQuality::kSynchronised) return;
    time.wall = wall_at(time.monotonic);
    time.quality = TimeQuality::kCorrected;
  }
};

/// One anchor for each boot whose clock has been synchronised, of the newest boots: what corrects the times of messages
/// that were received before. Reactor only.
class TimeAnchors {
 public:
  /// Bounds the memory, what is written anew with the sessions, and what each connection upstream is told.
  static constexpr std::size_t kMostBoots = 64;

  /// The clock must outlive it.
  explicit TimeAnchors(const Clock& clock) : clock_(clock) {}

  /// The anchor of this boot, if the clock is synchronised and either there was none or the clock has been set since.
  /// In a boot that has no name nothing is learned.
  std::optional<TimeAnchor> look();
  /// One that was learned earlier. The last one of a boot counts; of too many, the boot that was known first is
  /// forgotten.
  void remember(const TimeAnchor& anchor);

  /// Nothing if that boot's clock was never synchronised, or it is forgotten. Valid until the next look or remember.
  [[nodiscard]] const TimeAnchor* of(const BootId& boot) const;
  [[nodiscard]] const std::deque<TimeAnchor>& all() const { return anchors_; }

 private:
  const Clock& clock_;
  std::deque<TimeAnchor> anchors_;  // oldest boot first
};

}  // namespace tidegate
