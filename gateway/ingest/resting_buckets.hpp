#pragma once

#include <cstddef>
#include <string>
#include <unordered_map>

#include "gateway/base/token_bucket.hpp"

namespace tidegate::ingest {

/// The token buckets of clients that are away, so that one that connects again does not have its burst again. At most
/// kMost of them; those that have filled up meanwhile are forgotten first: they say nothing. Reactor only.
class RestingBuckets {
 public:
  static constexpr std::size_t kMost = 10'000;

  void put(const std::string& client, const TokenBucket& bucket, Monotonic now);
  /// What `client` left here, or `fresh`.
  TokenBucket take(const std::string& client, const TokenBucket& fresh);
  [[nodiscard]] std::size_t size() const { return buckets_.size(); }

 private:
  std::unordered_map<std::string, TokenBucket> buckets_;
};

}  // namespace tidegate::ingest
