#pragma once

#include <bit>
#include <cstdint>
#include <string>
#include <utility>

#include "gateway/base/event_log.hpp"
#include "gateway/base/metrics.hpp"

namespace tidegate::store {

/// Counts the records that a policy dropped before an upstream had them, by stream, and says so in the log each time
/// the sum doubles: a stream that stays full drops with every commit. One thread; the references outlive it.
class DropCounter {
 public:
  DropCounter(std::string reason, std::string why, EventLog& events, Metrics& metrics)
      : reason_(std::move(reason)), why_(std::move(why)), events_(events), metrics_(metrics) {}

  void add(const std::string& stream, std::uint64_t records) {
    Counter& dropped =
        metrics_.counter("tidegate_store_dropped_records_total", "Records dropped by policy, undelivered",
                         {{"reason", reason_}, {"stream", stream}});
    const std::uint64_t before = dropped.value();
    dropped.add(records);
    if (std::bit_width(dropped.value()) == std::bit_width(before)) return;
    events_.warning("store.dropped", {{"stream", stream}, {"records_since_start", before + records}, {"reason", why_}});
  }

 private:
  std::string reason_;
  std::string why_;
  EventLog& events_;
  Metrics& metrics_;
};

}  // namespace tidegate::store
