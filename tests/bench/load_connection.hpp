#pragma once

#include <cstdint>
#include <deque>
#include <string>

#include "gateway/base/clock.hpp"
#include "gateway/base/histogram.hpp"
#include "proto/mqtt/client_codec.hpp"

namespace tidegate::bench {

/// When a client sends its next PUBLISH: as each PUBACK arrives, the whole window at once when the last one has, or
/// when it is told to.
enum class Refill { kEach, kWindow, kPaced };

struct LoadOptions {
  std::string host = "127.0.0.1";
  std::uint16_t port = 1883;
  unsigned connections = 100;
  unsigned window = 20;
  unsigned payload_bytes = 64;
  unsigned seconds = 5;
  /// At 0 a window goes out at once with a PINGREQ behind it: its PINGRESP shows that the server has taken the window
  /// in.
  unsigned qos = 1;
  unsigned rate = 0;  ///< Messages a second of all connections together; 0: as the windows allow.
  bool idle = false;  ///< Connect, and stay until the standard input ends.
  Refill refill = Refill::kEach;
};

/// One client of the load: publishes, counts what the server has taken, refills. Non-blocking; the caller's epoll says
/// when.
class LoadConnection {
 public:
  LoadConnection(const LoadOptions& options, unsigned number, Histogram& latency);
  ~LoadConnection();
  LoadConnection(const LoadConnection&) = delete;
  LoadConnection& operator=(const LoadConnection&) = delete;

  /// Connects and waits for CONNACK; false (with a word on stderr) if there is none.
  bool open();
  [[nodiscard]] int descriptor() const { return descriptor_; }
  /// Sends the first window.
  void begin();
  /// Reads what is there; false if the server has closed.
  bool on_readable();
  void on_writable() { flush(); }
  void publish(unsigned count);

  [[nodiscard]] std::uint64_t acknowledged() const { return acknowledged_; }

 private:
  unsigned take(mqtt::Bytes& input);
  void flush();

  const LoadOptions& options_;
  Histogram& latency_;
  SystemClock clock_;
  std::string name_;
  mqtt::Buffer packet_;  // a whole PUBLISH; only its identifier changes
  std::size_t id_at_ = 0;
  mqtt::Buffer input_;
  mqtt::Buffer output_;
  std::deque<Monotonic> sent_at_;
  std::uint64_t acknowledged_ = 0;
  std::uint16_t next_id_ = 1;
  int descriptor_ = -1;
};

}  // namespace tidegate::bench
