#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gateway/south/mqtt_client/mqtt_client.hpp"
#include "tests/unit/mqtt/support.hpp"
#include "tests/unit/support/sessions_bench.hpp"

namespace tidegate::south {

inline constexpr std::size_t kMaxPacket = 100'000;
inline const Buffer kWelcome = mqtt::testing::bytes("20 ( 00 00 00");
inline const Buffer kResumed = mqtt::testing::bytes("20 ( 01 00 00");

inline Buffer publish(std::string_view topic, std::string_view payload, std::uint16_t packet_id) {
  mqtt::Publish message{.topic = topic, .payload = as_bytes(payload), .properties = {}};
  message.packet_id = packet_id;
  message.qos = packet_id == 0 ? mqtt::QoS::kAtMostOnce : mqtt::QoS::kAtLeastOnce;
  Buffer out;
  mqtt::encode_publish(message, mqtt::Version::k5, out);
  return out;
}

/// A broker by script: what it hears is kept, what it says the test says.
class ScriptedBroker {
 public:
  Connector connector() {
    return [this](TransportListener& listener) {
      ++attempts;
      return std::make_unique<Line>(*this, listener);
    };
  }
  void opens() { line_->listener.on_open(); }
  void says(const Buffer& said) {
    ASSERT_TRUE(is_read());
    line_->reading = false;
    line_->listener.on_bytes(said);
  }
  void hangs_up(const std::string& why) { line_->listener.on_lost(why); }
  [[nodiscard]] bool is_read() const { return line_ != nullptr && line_->reading; }
  [[nodiscard]] bool has_line() const { return line_ != nullptr; }
  /// What came since the last call, in hexadecimal.
  std::string heard() { return mqtt::testing::hex(std::exchange(heard_, {})); }

  int attempts = 0;

 private:
  struct Line final : Transport {
    Line(ScriptedBroker& owner, TransportListener& told) : broker(owner), listener(told) { broker.line_ = this; }
    ~Line() override { broker.line_ = nullptr; }
    void open() override {}
    void read() override { reading = true; }
    void write(Bytes out) override { append(broker.heard_, out); }
    void write_last(Bytes out) override { write(out); }
    ScriptedBroker& broker;
    TransportListener& listener;
    bool reading = false;
  };

  Line* line_ = nullptr;
  Buffer heard_;
};

class MqttClientTest : public testing::Test, protected test::OpenSessions {
 protected:
  void SetUp() override {
    ingest.emplace(ingest::IngestOptions{{{{0}, {"sensors/#"}}, {{1}, {"alarms/#"}}}, 0, 0}, *store, *sessions, hub,
                   clock, metrics);
    store->on_durable([this](store::Ticket) { ingest->on_durable(); });
    store->on_room([this] { ingest->on_room(); });
  }
  void TearDown() override {
    if (client) client->close();
  }

  static MqttClientOptions options() {
    MqttClientOptions wanted;
    wanted.name = "home";
    wanted.address = "broker:1883";
    wanted.client_id = "gw";
    wanted.topics = {"sensors/#", "alarms/#"};
    wanted.max_packet_bytes = kMaxPacket;
    return wanted;
  }
  void start(const MqttClientOptions& wanted = options()) {
    client = std::make_unique<MqttClient>(
        wanted, broker.connector(), *ingest, disk,
        [this](std::chrono::milliseconds delay, std::function<void()> act) {
          delays.push_back(delay);
          timers.push_back(std::move(act));
        },
        random, events, metrics);
    client->start();
  }
  /// Connected and subscribed; what was heard so far is forgotten.
  void greet(const Buffer& connack = kWelcome) {
    if (!client) start();
    broker.opens();
    broker.says(connack);
    broker.heard();
  }
  /// Every timer that is set now fires.
  void time_passes() {
    for (const auto& act : std::exchange(timers, {})) act();
  }
  void until_acknowledged(std::uint64_t count) {
    turns.run_until([&] { return client->counters().acknowledged.value() >= count; });
  }
  /// Publishes alarms, whose stream refuses when it is full, until one is held back. How many were taken.
  std::uint16_t fill_alarms() {
    std::uint16_t taken = 0;
    while (true) {
      broker.says(publish("alarms/1", std::string(1000, 'x'), static_cast<std::uint16_t>(taken + 1)));
      if (!broker.is_read()) return taken;
      until_acknowledged(++taken);
    }
  }
  /// The upstream has all alarms.
  void make_room() {
    store->advance(test::kAlarms, "cloud", Lane{}, store->state(test::kAlarms).next);
    clock.pass(std::chrono::seconds(3));
    (void)store->append(test::kSensors, test::message("sensors/1", "rides with the cursor"), store::Urgency::kAtOnce);
    store->submit();
  }

  hub::Hub hub{{}, *sessions, metrics};
  std::optional<ingest::Ingest> ingest;
  ScriptedBroker broker;
  std::vector<std::chrono::milliseconds> delays;  // of all timers ever set
  std::vector<std::function<void()>> timers;      // of those that have not fired
  std::unique_ptr<MqttClient> client;
};

}  // namespace tidegate::south
