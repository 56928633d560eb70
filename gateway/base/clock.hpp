#pragma once

#include <chrono>
#include <compare>
#include <cstdint>

#include "gateway/base/ids.hpp"

namespace tidegate {

/// Time since an arbitrary origin of this boot (CLOCK_BOOTTIME); never jumps.
using Monotonic = std::chrono::microseconds;
/// Time since 1970-01-01T00:00Z as the machine believes it; jumps.
using WallTime = std::chrono::microseconds;

/// How far wall time can be trusted.
enum class TimeQuality : std::uint8_t {
  kUnknown = 0,       ///< Never set: 1970, or the build time.
  kLastKnown = 1,     ///< Continued from a time saved before the last power cut.
  kSynchronised = 2,  ///< Disciplined by NTP or the like, as the kernel says: adjtimex(2) without STA_UNSYNC.
  kCorrected = 3,     ///< Computed from a TimeAnchor of the same boot, on the way out; never on the disk.
};

/// When something happened, with everything that is needed to correct it later.
struct Timestamp {
  Monotonic monotonic{};
  WallTime wall{};
  TimeQuality quality = TimeQuality::kUnknown;
  auto operator<=>(const Timestamp&) const = default;
};

/// The only source of time. Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual Monotonic monotonic() const = 0;
  [[nodiscard]] virtual WallTime wall() const = 0;
  [[nodiscard]] virtual TimeQuality quality() const = 0;
  [[nodiscard]] virtual BootId boot_id() const = 0;

  /// The quality is read first: should the clock become known in between, the time is right and counts as poor.
  [[nodiscard]] Timestamp now() const {
    const TimeQuality known = quality();
    return {monotonic(), wall(), known};
  }
};

/// The kernel's clocks.
class SystemClock final : public Clock {
 public:
  SystemClock();
  [[nodiscard]] Monotonic monotonic() const override;
  [[nodiscard]] WallTime wall() const override;
  [[nodiscard]] TimeQuality quality() const override;
  [[nodiscard]] BootId boot_id() const override { return boot_id_; }

 private:
  BootId boot_id_;
};

}  // namespace tidegate
