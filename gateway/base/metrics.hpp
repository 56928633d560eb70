#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace tidegate {

/// Counts up. Any thread.
class Counter {
 public:
  void add(std::uint64_t count = 1) { value_.fetch_add(count, std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

/// Goes up and down. Any thread.
class Gauge {
 public:
  void set(std::int64_t value) { value_.store(value, std::memory_order_relaxed); }
  void add(std::int64_t delta) { value_.fetch_add(delta, std::memory_order_relaxed); }
  [[nodiscard]] std::int64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> value_{0};
};

using Labels = std::map<std::string, std::string>;

/// One figure as it is shown: its family's name and help, its labels, its value now.
struct Sample {
  enum class Kind { kCounter, kGauge };
  std::string name;  ///< tidegate_<part>_<what>_<unit>[_total]
  std::string help;
  Kind kind = Kind::kCounter;
  Labels labels;
  double value = 0;
};

/// Every figure of the process. The registry owns the counters; references stay valid as long as it lives. Registering
/// the same name and labels again yields the same counter. Labels are bounded: never a topic, never a client.
class Metrics {
 public:
  Counter& counter(const std::string& name, const std::string& help, const Labels& labels = {});
  Gauge& gauge(const std::string& name, const std::string& help, const Labels& labels = {});
  /// All samples, ordered by name and labels.
  [[nodiscard]] std::vector<Sample> collect() const;

 private:
  template <class T>
  struct Family {
    std::string help;
    std::map<Labels, T> members;
  };

  mutable std::mutex mutex_;
  std::map<std::string, Family<Counter>> counters_;
  std::map<std::string, Family<Gauge>> gauges_;
};

}  // namespace tidegate
