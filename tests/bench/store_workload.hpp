#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "gateway/base/clock.hpp"
#include "tests/bench/store_subject.hpp"
#include "tests/fleet/readings.hpp"

namespace tidegate::bench {

/// Bytes of each payload that is made up.
inline constexpr std::size_t kPayloadBytes = 100;

/// Messages as the gateway takes them in: a reading, a topic and a client of which there are 100, two times. Made up,
/// each has 100 bytes, and 16 of a client come together, which is a window of QoS 1 in one read. With `data`, the
/// folder of the real readings, they are those, and the sensors take turns.
class Workload {
 public:
  explicit Workload(const std::string& data = "");

  /// The next `count` messages; with `streams` more than one, in turn for each. Valid until the next call.
  std::span<const Item> next(std::size_t count, std::uint16_t streams);

  /// One past the newest offset of stream 0.
  [[nodiscard]] std::uint64_t end() const { return next_[0]; }
  /// Of all messages so far; what "a payload byte" means in the figures.
  [[nodiscard]] std::uint64_t payload_bytes() const { return payload_bytes_; }

 private:
  struct Device {
    std::string topic;
    std::string client;
  };
  void fill(std::string& payload);

  SystemClock clock_;
  std::vector<fleet::Series> series_;
  std::vector<fleet::Device> readings_;
  std::vector<Device> devices_;
  std::vector<std::string> payloads_;
  std::vector<Item> items_;
  std::vector<std::uint64_t> next_ = std::vector<std::uint64_t>(kStreams);
  std::uint64_t count_ = 0;
  std::uint64_t payload_bytes_ = 0;
  std::uint64_t noise_ = 1;
};

}  // namespace tidegate::bench
