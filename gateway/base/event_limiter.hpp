#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/clock.hpp"
#include "gateway/base/token_bucket.hpp"

namespace tidegate {

/// Keeps a flood of one event, which any client can cause, from wearing out the flash that holds the log: of each name
/// kBurst at once and kRatePerS after that are written, the others are counted. Names are those in the code, so their
/// number is bounded. Not thread-safe.
class EventLimiter {
 public:
  static constexpr double kBurst = 50;
  static constexpr double kRatePerS = 5;
  static constexpr std::chrono::seconds kTellEvery{10};

  struct LeftOut {
    std::string event;
    std::uint64_t count = 0;
    bool operator==(const LeftOut&) const = default;
  };

  /// Whether this event is to be written.
  [[nodiscard]] bool admit(std::string_view event, Monotonic now);
  /// What was left out and is to be told now, which counts it as told: the first of a flood at once, so that the log
  /// never ends without a word of it, then each name once in kTellEvery.
  std::vector<LeftOut> take_due(Monotonic now);
  /// What was left out and not told; for the end.
  std::vector<LeftOut> take_all();

 private:
  struct Name {
    TokenBucket bucket{kRatePerS, kBurst};
    std::uint64_t left_out = 0;  ///< Since `told`.
    std::optional<Monotonic> told;
  };
  std::map<std::string, Name, std::less<>> names_;
  std::uint64_t untold_ = 0;  ///< Sum of all left_out.
};

}  // namespace tidegate
