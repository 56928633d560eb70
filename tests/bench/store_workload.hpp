#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "gateway/base/clock.hpp"
#include "tests/bench/store_subject.hpp"

namespace tidegate::bench {

/// Bytes of each payload; what "a payload byte" means in the figures.
inline constexpr std::size_t kPayloadBytes = 100;

/// Messages as the gateway takes them in: a reading of 100 bytes, a topic and a client of which there are 100, two
/// times. 16 of a client come together, which is a window of QoS 1 in one read.
class Workload {
 public:
  Workload();

  /// The next `count` messages; with `streams` more than one, in turn for each. Valid until the next call.
  std::span<const Item> next(std::size_t count, std::uint16_t streams);

  /// One past the newest offset of stream 0.
  [[nodiscard]] std::uint64_t end() const { return next_[0]; }

 private:
  struct Device {
    std::string topic;
    std::string client;
  };
  void fill(std::string& payload);

  SystemClock clock_;
  std::vector<Device> devices_;
  std::vector<std::string> payloads_;
  std::vector<Item> items_;
  std::vector<std::uint64_t> next_ = std::vector<std::uint64_t>(kStreams);
  std::uint64_t count_ = 0;
  std::uint64_t noise_ = 1;
};

}  // namespace tidegate::bench
