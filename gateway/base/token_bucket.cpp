#include "gateway/base/token_bucket.hpp"

#include <algorithm>

namespace tidegate {

bool TokenBucket::take(double tokens, Monotonic now) {
  if (rate_per_s_ <= 0) return true;
  if (filled_ == Monotonic{}) filled_ = now;
  tokens_ = tokens_at(now);
  filled_ = now;
  if (tokens_ < tokens) return false;
  tokens_ -= tokens;
  return true;
}

void TokenBucket::owe(double tokens, Monotonic now) {
  if (!take(tokens, now) && rate_per_s_ > 0) tokens_ -= tokens;
}

bool TokenBucket::is_full(Monotonic now) const { return rate_per_s_ <= 0 || tokens_at(now) >= burst_; }

double TokenBucket::tokens_at(Monotonic now) const {
  const double elapsed_s = std::chrono::duration<double>(now - filled_).count();
  return std::min(burst_, tokens_ + std::max(0.0, elapsed_s) * rate_per_s_);
}

std::chrono::microseconds TokenBucket::wait_for(double tokens) const {
  if (rate_per_s_ <= 0 || tokens_ >= tokens) return {};
  const std::chrono::duration<double> wait((std::min(tokens, burst_) - tokens_) / rate_per_s_);
  return std::chrono::duration_cast<std::chrono::microseconds>(wait) + std::chrono::microseconds(1);
}

}  // namespace tidegate
