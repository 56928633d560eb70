#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "gateway/base/metrics.hpp"

namespace tidegate::store {

/// Counts the records that a policy dropped before an upstream had them, by stream. Any thread; `metrics` outlives it.
class DropCounter {
 public:
  DropCounter(Metrics& metrics, std::string reason) : metrics_(metrics), reason_(std::move(reason)) {}

  void add(const std::string& stream, std::uint64_t records) {
    metrics_
        .counter("tidegate_store_dropped_records_total", "Records dropped by policy, undelivered",
                 {{"reason", reason_}, {"stream", stream}})
        .add(records);
  }

 private:
  Metrics& metrics_;
  std::string reason_;
};

}  // namespace tidegate::store
