#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gateway/base/clock.hpp"
#include "gateway/base/histogram.hpp"
#include "gateway/base/result.hpp"
#include "tests/fleet/readings.hpp"

namespace tidegate::fleet {

/// Every message that a run has sent, in order of first sending, and how it went. Payloads are not kept: a device can
/// say them again. One thread.
class Ledger {
 public:
  /// A message's place in the ledger.
  using Entry = std::size_t;

  /// The `number`-th message of a device is about to be sent for the first time.
  Entry open(std::uint32_t device, std::uint32_t number, Monotonic now);
  void sent(Entry entry);
  void acknowledged(Entry entry, Monotonic now);
  /// The server answered that it will not take it: neither sent again nor acknowledged.
  void refused(Entry) { ++refused_; }

  [[nodiscard]] std::uint32_t device(Entry entry) const { return lines_[entry].device; }
  [[nodiscard]] std::uint32_t number(Entry entry) const { return lines_[entry].number; }

  [[nodiscard]] std::uint64_t messages() const { return lines_.size(); }
  [[nodiscard]] std::uint64_t acknowledged() const { return acknowledged_; }
  [[nodiscard]] std::uint64_t refused() const { return refused_; }
  /// Sendings beyond the first one of a message.
  [[nodiscard]] std::uint64_t sent_again() const { return sendings_ - lines_.size(); }
  /// From a message's first sending to its acknowledgement, so that an outage is in it; of the whole run.
  [[nodiscard]] const Histogram& latency() const { return latency_; }
  /// The same since the last call.
  std::unique_ptr<Histogram> take_recent_latency() {
    return std::exchange(recent_latency_, std::make_unique<Histogram>());
  }

  /// The file appears under its name when it is whole.
  Result<void> write_journal(const std::string& path, const std::vector<Device>& devices) const;

 private:
  struct Line {
    Monotonic first_sent;
    std::uint32_t device;
    std::uint32_t number;
    std::uint32_t times_sent = 0;
    bool acknowledged = false;
  };

  std::vector<Line> lines_;
  std::uint64_t acknowledged_ = 0;
  std::uint64_t refused_ = 0;
  std::uint64_t sendings_ = 0;
  Histogram latency_;
  std::unique_ptr<Histogram> recent_latency_ = std::make_unique<Histogram>();
};

}  // namespace tidegate::fleet
