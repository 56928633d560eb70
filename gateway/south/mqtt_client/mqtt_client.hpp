#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gateway/base/after_timer.hpp"
#include "gateway/base/backoff.hpp"
#include "gateway/base/disk.hpp"
#include "gateway/base/event_log.hpp"
#include "gateway/south/mqtt_client/counters.hpp"
#include "gateway/south/mqtt_client/intake.hpp"
#include "gateway/south/mqtt_client/transport.hpp"
#include "proto/mqtt/client_codec.hpp"

namespace tidegate::south {

struct MqttClientOptions {
  std::string name;       ///< Of the broker in the configuration; label of its metrics, `client` of its messages.
  std::string address;    ///< For what is said to the owner.
  std::string client_id;  ///< Names the session that the broker keeps.
  std::vector<std::string> topics;  ///< Topic filters.
  std::uint8_t qos = 1;             ///< 0 or 1: the best that the subscriptions ask for.
  std::string user;
  std::string password_file;                 ///< Read at each attempt; a newline at its end does not count.
  std::uint32_t max_packet_bytes = 1 << 18;  ///< A PUBLISH that is larger is skipped and refused.
  std::uint16_t receive_maximum = 1024;  ///< QoS 1 messages that the broker may send before the first is acknowledged.
  std::chrono::seconds keep_alive{60};
  std::chrono::milliseconds answer_within{20'000};  ///< From the attempt to connect to the broker's answer.
  std::chrono::milliseconds backoff_min{500};
  std::chrono::milliseconds backoff_max{30'000};
};

/// The gateway as a client of somebody else's broker, by MQTT 5.0: takes in what it publishes on some topics, as if the
/// sensors had spoken to us.
///
/// Durability: a message is acknowledged once it is on stable storage, in order of receipt; until then it is the
/// broker's, which keeps a session for us while we are away and sends again what was not acknowledged. What finds no
/// room in the store is held back: nothing more is read, nothing is acknowledged, the session stays. A connection that
/// ends between the flush and the PUBACK brings its messages twice: MQTT cannot tell. A message that is too large for
/// the store is lost, counted and named in the log. No Maximum Packet Size is announced: mosquitto 2.0 leaves out what
/// is larger but goes on counting it as sent, until nothing more comes.
///
/// Reactor only. The references outlive it. Bounded: what one read brings, the largest packet or the start of one that
/// is too large, an acknowledgement for each of 65,535 packet identifiers (mosquitto 2.0 sends more than
/// receive_maximum). Errors: none are returned; a broker that is away, or does not let us in, is tried again after a
/// delay that doubles from backoff_min to backoff_max, and state() says why. close() before destruction.
class MqttClient final : private TransportListener {
 public:
  MqttClient(MqttClientOptions options, Connector connector, ingest::Ingest& ingest, Disk& disk, AfterTimer after,
             Random& random, EventLog& events, Metrics& metrics);
  ~MqttClient() override;
  MqttClient(const MqttClient&) = delete;
  MqttClient& operator=(const MqttClient&) = delete;

  void start();
  /// The gateway stops: takes in nothing more but what was read and held back.
  void stop_reading();
  /// Acknowledges what is durable, and no more, and leaves; the broker keeps the session.
  void close();

  [[nodiscard]] const std::string& name() const { return options_.name; }
  /// "connected", or why not, in words for the owner.
  [[nodiscard]] std::string state() const;
  [[nodiscard]] const MqttClientCounters& counters() const { return counters_; }

 private:
  void connect();
  void on_open() override;
  void on_bytes(Bytes bytes) override;
  void on_lost(const std::string& why) override;
  void lose(const std::string& why);

  [[nodiscard]] Bytes skip(Bytes bytes);
  void understand();
  [[nodiscard]] std::string handle(const mqtt::ClientEvent& event);
  [[nodiscard]] std::string handle(const mqtt::Connack& connack);
  [[nodiscard]] std::string handle(const mqtt::Publish& publish);
  [[nodiscard]] std::string handle(const mqtt::TooLarge& publish);
  void handle(const mqtt::Suback& suback);
  [[nodiscard]] std::string explain(mqtt::Reason refusal) const;
  void subscribe();
  void acknowledge();
  void keep_alive();
  [[nodiscard]] std::string broker() const { return "the broker at " + options_.address; }
  template <class Action>
  void later(std::chrono::milliseconds delay, Action action);

  const MqttClientOptions options_;
  const Connector connector_;
  Disk& disk_;
  const AfterTimer after_;
  EventLog& events_;
  MqttClientCounters counters_;
  Backoff backoff_;

  std::unique_ptr<Transport> transport_;
  std::shared_ptr<const bool> attempt_;  // timers of an attempt find it gone when that is over
  bool connected_ = false;
  bool was_connected_ = false;  // once, since the start
  bool closing_ = false;
  std::string why_away_ = "not started";
  std::string refused_;  // subscriptions, in words
  std::chrono::milliseconds ping_every_{};
  int silent_pings_ = 0;  // sent since the broker was last heard

  Intake intake_;
  Buffer partial_;  // what was read and not understood yet
  struct Skipped {
    mqtt::QoS qos = mqtt::QoS::kAtMostOnce;
    std::uint16_t packet_id = 0;
    std::size_t missing = 0;  // bytes, none of them in partial_
  };
  std::optional<Skipped> skipped_;  // a packet that is too large, until its end has come
};

}  // namespace tidegate::south
