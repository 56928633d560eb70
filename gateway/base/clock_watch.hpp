#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

#include "gateway/base/after_timer.hpp"
#include "gateway/base/clock.hpp"

namespace tidegate {

/// Looks again and again whether the kernel says something new of the wall clock. It wakes nobody when it clears or
/// sets STA_UNSYNC, and a look every second would cost a battery more than it is worth: so the pause is a tenth of the
/// time since the start or the last step, from one second to one minute.
///
/// Reactor only. The clock must outlive it, and it the timer's calls.
class ClockWatch {
 public:
  ClockWatch(const Clock& clock, AfterTimer timer, std::function<void()> look);

  /// The watch begins, or the wall clock was stepped, which is when it mostly becomes known: looks at once, and then
  /// often.
  void begin();

 private:
  void look(std::uint64_t round);

  const Clock& clock_;
  const AfterTimer timer_;
  const std::function<void()> look_;
  Monotonic begun_{};
  std::uint64_t round_ = 0;  // of begin(): what an earlier one has set going ends
};

}  // namespace tidegate
