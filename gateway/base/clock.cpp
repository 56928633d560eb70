#include "gateway/base/clock.hpp"

#include <sys/timex.h>
#include <time.h>

#include <algorithm>
#include <fstream>
#include <string>

namespace tidegate {

namespace {

std::chrono::microseconds read_clock(clockid_t id) {
  timespec at{};
  clock_gettime(id, &at);
  return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::seconds(at.tv_sec) +
                                                               std::chrono::nanoseconds(at.tv_nsec));
}

BootId read_boot_id() {
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::string text;
  std::getline(file, text);
  std::erase(text, '-');
  BootId id;
  if (const auto bytes = from_hex(text); bytes && bytes->size() == id.bytes.size())
    std::copy(bytes->begin(), bytes->end(), id.bytes.begin());
  return id;
}

}  // namespace

SystemClock::SystemClock() : boot_id_(read_boot_id()) {}

Monotonic SystemClock::monotonic() const { return read_clock(CLOCK_BOOTTIME); }

WallTime SystemClock::wall() const { return read_clock(CLOCK_REALTIME); }

TimeQuality SystemClock::quality() const {
  // The kernel sets STA_UNSYNC again when nothing has disciplined the clock for long (NTP_PHASE_LIMIT), once a second.
  constexpr long kMostErrorUs = 16'000'000;
  timex state{};
  const bool known = adjtimex(&state) >= 0 && (state.status & STA_UNSYNC) == 0 && state.maxerror < kMostErrorUs;
  if (known) return TimeQuality::kSynchronised;
  constexpr std::chrono::hours kBeforeThisProject{24 * 365 * 54};  // 2024
  return wall() < kBeforeThisProject ? TimeQuality::kUnknown : TimeQuality::kLastKnown;
}

}  // namespace tidegate
