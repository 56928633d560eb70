#pragma once

#include <cstdint>
#include <string>

#include "proto/mqtt/client_codec.hpp"
#include "tests/blockdev/record.hpp"

namespace tidegate::blockdev {

/// An MQTT client that publishes its messages in order at QoS 1, keeps a window of them in flight, and notes in the
/// record what is acknowledged. Non-blocking: whoever owns it polls its descriptor.
class Publisher {
 public:
  Publisher(std::uint32_t client, unsigned window, RecordWriter& record);
  ~Publisher() { close(); }
  Publisher(const Publisher&) = delete;
  Publisher& operator=(const Publisher&) = delete;

  /// Connects to the port on loopback and sends again, as new messages, what was in flight.
  void connect(std::uint16_t port);
  /// Sends nothing new from now on, or goes on.
  void rest(bool resting) { resting_ = resting; }

  /// Reads what has arrived, notes the acknowledgements, refills the window. Never waits. Closes when the server has.
  void turn();

  [[nodiscard]] int descriptor() const { return descriptor_; }  ///< -1: not connected.
  [[nodiscard]] bool wants_to_write() const { return !output_.empty(); }
  [[nodiscard]] std::uint64_t acknowledged() const { return acknowledged_; }
  [[nodiscard]] std::uint64_t sent() const { return sent_; }
  [[nodiscard]] bool quiet() const { return acknowledged_ == sent_; }

 private:
  void close();
  bool read();
  void take_acknowledgements();
  void publish(std::uint64_t number);
  void write();

  const std::uint32_t client_;
  const unsigned window_;
  RecordWriter& record_;
  const std::string topic_;
  int descriptor_ = -1;
  bool resting_ = false;
  std::uint64_t acknowledged_ = 0;  // messages [acknowledged_, sent_) are in flight
  std::uint64_t sent_ = 0;
  mqtt::Buffer input_;
  mqtt::Buffer output_;
};

}  // namespace tidegate::blockdev
