#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>

namespace tidegate {

/// Durations in log-linear buckets: 8 a power of two, so that a quantile is right within 12.5 %. Any thread; 3 kB.
class Histogram {
 public:
  void record(std::chrono::microseconds duration, std::uint64_t count = 1);
  /// The upper bound of the bucket that holds the quantile `q` (0 to 1); zero if nothing was recorded.
  [[nodiscard]] std::chrono::microseconds quantile(double q) const;
  [[nodiscard]] std::uint64_t count() const;

 private:
  static constexpr int kSubBits = 3;
  static constexpr std::size_t kBuckets = 48 << kSubBits;
  static std::size_t bucket_of(std::uint64_t us);
  static std::uint64_t upper_bound(std::size_t bucket);

  std::array<std::atomic<std::uint64_t>, kBuckets> counts_{};
};

}  // namespace tidegate
