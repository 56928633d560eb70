#pragma once

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <cstdint>
#include <deque>
#include <string_view>

#include "proto/mqtt/client_codec.hpp"
#include "tests/fleet/ledger.hpp"

namespace tidegate::fleet {

struct SensorOptions {
  boost::asio::ip::tcp::endpoint server;
  mqtt::Version version = mqtt::Version::k5;
  std::size_t window = 20;                ///< Messages sent and not acknowledged, at most.
  std::chrono::microseconds interval{0};  ///< Between two messages; 0: as fast as the window allows.
};

/// One device with one MQTT connection: publishes at QoS 1, keeps what is not acknowledged, connects again with
/// back-off when the server goes away and then sends all of that again, in order, before anything new. Its sessions are
/// clean, so what it sends again is a new PUBLISH without DUP [MQTT-3.3.1-1].
///
/// Reactor only; it has no timer: tick() is its clock. The context has run out before it is destroyed.
class Sensor {
 public:
  /// `index` is the device's place among the devices of the ledger; all references outlive the sensor.
  Sensor(boost::asio::io_context& reactor, const SensorOptions& options, const Device& device, std::uint32_t index,
         Ledger& ledger, const Clock& clock);
  Sensor(const Sensor&) = delete;
  Sensor& operator=(const Sensor&) = delete;

  /// Begins to connect, and to measure.
  void start();
  /// Sends what is due, connects again when it is time, gives up on a connection that does not come about.
  void tick();
  /// Says nothing new any more; what is not acknowledged stays in hand.
  void stop_measuring() { measuring_ = false; }
  /// DISCONNECT and close. Nothing is sent after it.
  void close();

  [[nodiscard]] bool connected() const { return state_ == State::kConnected; }
  [[nodiscard]] std::size_t outstanding() const { return outstanding_.size(); }
  /// Why the last connection ended, for people; empty if none did.
  [[nodiscard]] std::string_view trouble() const { return trouble_; }

 private:
  enum class State : std::uint8_t { kWaiting, kConnecting, kConnected, kClosed };
  struct Outstanding {
    Ledger::Entry entry;
    std::uint16_t packet_id;
  };

  void connect();
  void greet();
  void read();
  void flush();
  bool decode();
  void on_connack(const mqtt::Connack& connack);
  void on_ack(const mqtt::Ack& ack);
  void publish_due();
  void publish(Outstanding& message);
  void lose_connection(std::string_view reason);

  boost::asio::ip::tcp::socket socket_;
  const SensorOptions& options_;
  const Device& device_;
  std::uint32_t index_;
  Ledger& ledger_;
  const Clock& clock_;

  State state_ = State::kClosed;
  bool measuring_ = true;
  std::uint64_t connection_ = 0;  ///< Counts attempts: what an older one still reports is not listened to.
  Monotonic deadline_{};          ///< kWaiting: connect then. kConnecting: give up then.
  std::chrono::milliseconds back_off_;
  std::string_view trouble_;

  std::deque<Outstanding> outstanding_;
  std::uint16_t next_packet_id_ = 1;
  std::uint32_t next_number_ = 0;
  Monotonic next_due_{};
  Monotonic last_written_{};

  std::array<std::byte, 2048> chunk_;
  Buffer input_;
  Buffer output_;   ///< What waits for the write in flight.
  Buffer writing_;  ///< The one write in flight.
};

}  // namespace tidegate::fleet
