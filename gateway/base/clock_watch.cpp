#include "gateway/base/clock_watch.hpp"

#include <algorithm>
#include <utility>

namespace tidegate {

ClockWatch::ClockWatch(const Clock& clock, AfterTimer timer, std::function<void()> look)
    : clock_(clock), timer_(std::move(timer)), look_(std::move(look)) {}

void ClockWatch::begin() {
  begun_ = clock_.monotonic();
  look(++round_);
}

void ClockWatch::look(std::uint64_t round) {
  constexpr std::chrono::milliseconds kShortest{1'000};
  constexpr std::chrono::milliseconds kLongest{60'000};
  if (round != round_) return;
  look_();
  const auto passed = std::chrono::duration_cast<std::chrono::milliseconds>(clock_.monotonic() - begun_);
  timer_(std::clamp(passed / 10, kShortest, kLongest), [this, round] { look(round); });
}

}  // namespace tidegate
