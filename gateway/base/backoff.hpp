#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "gateway/base/random.hpp"

namespace tidegate {

/// Delays between attempts: doubling from `min` to `max`, each one shortened by up to half at random, so that a fleet
/// that lost its collector at one moment does not come back at one moment.
class Backoff {
 public:
  using Duration = std::chrono::milliseconds;

  Backoff(Duration min, Duration max, Random& random) : min_(min), max_(max), random_(random), current_(min) {}

  [[nodiscard]] Duration next() {
    const Duration full = current_;
    current_ = std::min(current_ * 2, max_);
    const auto half = static_cast<std::uint64_t>(full.count() / 2);
    return full - Duration(half == 0 ? 0 : random_.next() % (half + 1));
  }
  void reset() { current_ = min_; }

 private:
  Duration min_;
  Duration max_;
  Random& random_;
  Duration current_;
};

}  // namespace tidegate
