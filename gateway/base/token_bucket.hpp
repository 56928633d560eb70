#pragma once

#include <chrono>

#include "gateway/base/clock.hpp"

namespace tidegate {

/// Limits a rate: `rate_per_s` tokens flow in, at most `burst` are kept. 32 bytes, no timer of its own. A rate of 0 is
/// no limit.
class TokenBucket {
 public:
  TokenBucket(double rate_per_s, double burst) : rate_per_s_(rate_per_s), burst_(burst), tokens_(burst) {}

  /// Takes `tokens` if they are there at `now`.
  bool take(double tokens, Monotonic now);
  /// Takes `tokens` whether they are there or not: what is owed flows in before the next take() gets any.
  void owe(double tokens, Monotonic now);
  /// Gives back what was taken and not used.
  void give_back(double tokens) { tokens_ += tokens; }
  /// Whether the whole burst would be there at `now`: the bucket says no more than a new one. So does one without
  /// limit.
  [[nodiscard]] bool is_full(Monotonic now) const;
  /// How long until `tokens` are there, as of the last call of take(). Zero if they are.
  [[nodiscard]] std::chrono::microseconds wait_for(double tokens) const;

 private:
  [[nodiscard]] double tokens_at(Monotonic now) const;

  double rate_per_s_;
  double burst_;
  double tokens_;
  Monotonic filled_{};
};

}  // namespace tidegate
