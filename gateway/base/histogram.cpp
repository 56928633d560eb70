#include "gateway/base/histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace tidegate {

void Histogram::record(std::chrono::microseconds duration, std::uint64_t count) {
  const auto us = static_cast<std::uint64_t>(std::max<std::int64_t>(0, duration.count()));
  counts_[bucket_of(us)].fetch_add(count, std::memory_order_relaxed);
}

std::chrono::microseconds Histogram::quantile(double q) const {
  const std::uint64_t total = count();
  if (total == 0) return {};
  const auto rank =
      std::max<std::uint64_t>(1, static_cast<std::uint64_t>(std::llround(q * static_cast<double>(total))));
  std::uint64_t seen = 0;
  for (std::size_t bucket = 0; bucket < kBuckets; ++bucket) {
    seen += counts_[bucket].load(std::memory_order_relaxed);
    if (seen >= rank) return std::chrono::microseconds(upper_bound(bucket));
  }
  return std::chrono::microseconds(upper_bound(kBuckets - 1));
}

std::uint64_t Histogram::count() const {
  std::uint64_t total = 0;
  for (const auto& bucket : counts_) total += bucket.load(std::memory_order_relaxed);
  return total;
}

std::size_t Histogram::bucket_of(std::uint64_t us) {
  constexpr std::uint64_t kLinear = 1U << kSubBits;
  if (us < kLinear) return static_cast<std::size_t>(us);
  const auto shift = static_cast<std::uint64_t>(std::bit_width(us)) - kSubBits - 1;
  return std::min<std::size_t>(kBuckets - 1,
                               static_cast<std::size_t>(((shift + 1) << kSubBits) + (us >> shift) - kLinear));
}

std::uint64_t Histogram::upper_bound(std::size_t bucket) {
  constexpr std::size_t kLinear = 1U << kSubBits;
  if (bucket < kLinear) return bucket;
  const std::size_t shift = (bucket >> kSubBits) - 1;
  return ((std::uint64_t{bucket & (kLinear - 1)} + kLinear + 1) << shift) - 1;
}

}  // namespace tidegate
