#include "gateway/base/event_limiter.hpp"

#include <utility>

namespace tidegate {

bool EventLimiter::admit(std::string_view event, Monotonic now) {
  auto found = names_.find(event);
  if (found == names_.end()) found = names_.emplace(event, Name{}).first;
  if (found->second.bucket.take(1, now)) return true;
  ++found->second.left_out;
  ++untold_;
  return false;
}

std::vector<EventLimiter::LeftOut> EventLimiter::take_due(Monotonic now) {
  std::vector<LeftOut> due;
  if (untold_ == 0) return due;
  for (auto& [event, name] : names_) {
    if (name.left_out == 0 || (name.told && now - *name.told < kTellEvery)) continue;
    untold_ -= name.left_out;
    due.push_back({event, std::exchange(name.left_out, 0)});
    name.told = now;
  }
  return due;
}

std::vector<EventLimiter::LeftOut> EventLimiter::take_all() {
  std::vector<LeftOut> all;
  for (auto& [event, name] : names_)
    if (name.left_out > 0) all.push_back({event, std::exchange(name.left_out, 0)});
  untold_ = 0;
  return all;
}

}  // namespace tidegate
