#include "gateway/ingest/resting_buckets.hpp"

namespace tidegate::ingest {

void RestingBuckets::put(const std::string& client, const TokenBucket& bucket, Monotonic now) {
  if (bucket.is_full(now)) return;
  if (buckets_.size() >= kMost) std::erase_if(buckets_, [now](const auto& one) { return one.second.is_full(now); });
  if (buckets_.size() >= kMost) buckets_.erase(buckets_.begin());
  buckets_.insert_or_assign(client, bucket);
}

TokenBucket RestingBuckets::take(const std::string& client, const TokenBucket& fresh) {
  const auto left = buckets_.extract(client);
  return left ? left.mapped() : fresh;
}

}  // namespace tidegate::ingest
