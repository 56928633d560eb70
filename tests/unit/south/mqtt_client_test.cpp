#include "gateway/south/mqtt_client/mqtt_client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <utility>

#include "tests/unit/mqtt/support.hpp"
#include "tests/unit/support/sessions_bench.hpp"

namespace tidegate::south {
namespace {

using mqtt::testing::bytes;
using mqtt::testing::hex;
using testing::HasSubstr;

const Buffer kWelcome = bytes("20 ( 00 00 00");
const Buffer kResumed = bytes("20 ( 01 00 00");

Buffer publish(std::string_view topic, std::string_view payload, std::uint16_t packet_id) {
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
  std::string heard() { return hex(std::exchange(heard_, {})); }

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

TEST_F(MqttClientTest, AsksForASessionThatIsKeptAndSubscribes) {
  start();
  broker.opens();
  // Clean Start 0, keep-alive 60 s, Session Expiry never, Receive Maximum 1024, Maximum Packet Size 256 KiB.
  EXPECT_EQ(broker.heard(),
            hex(bytes("10 ( 00 04 'MQTT' 05 00 00 3C ( 11 FF FF FF FF 21 04 00 27 00 04 00 00 ) 00 02 'gw'")));
  EXPECT_NE(client->state(), "connected");
  broker.says(kWelcome);
  // QoS 1, Retain As Published, retained messages only if the subscription is new.
  EXPECT_EQ(broker.heard(), hex(bytes("82 ( 00 01 00 00 09 'sensors/#' 19 00 08 'alarms/#' 19")));
  EXPECT_EQ(client->state(), "connected");
}

TEST_F(MqttClientTest, SaysWhoItIsWithThePasswordOfTheFile) {
  (void)(*disk.open("/password", OpenMode::kCreate))->write_at(0, as_bytes("tide\n"));
  MqttClientOptions wanted = options();
  wanted.user = "gw";
  wanted.password_file = "/password";
  start(wanted);
  broker.opens();
  EXPECT_THAT(broker.heard(), testing::EndsWith(hex(bytes("00 02 'gw' 00 04 'tide'"))));
}

TEST_F(MqttClientTest, AcknowledgesWhatIsDurableAndNothingElse) {
  greet();
  disk.hold_flushes();
  Buffer said = publish("sensors/1", "a", 7);
  append(said, publish("sensors/1", "b", 0));
  append(said, publish("in no stream", "c", 8));
  broker.says(said);
  disk.wait_for_flush();
  turns.run_queued();
  EXPECT_EQ(broker.heard(), "") << "also not the last one, whose turn has not come";
  EXPECT_TRUE(broker.is_read());
  disk.release();
  until_acknowledged(2);
  EXPECT_EQ(broker.heard(), "40 02 00 07 40 02 00 08");
  EXPECT_EQ(client->counters().received.value(), 3U);
}

TEST_F(MqttClientTest, PacketsInPiecesAreUnderstood) {
  greet();
  for (const std::byte one : publish("sensors/1", "a", 7)) broker.says({one});
  until_acknowledged(1);
  EXPECT_EQ(broker.heard(), "40 02 00 07");
}

TEST_F(MqttClientTest, WhatFindsNoRoomIsHeldBackUntilThereIsSome) {
  greet();
  const std::uint16_t taken = fill_alarms();
  EXPECT_FALSE(broker.is_read());
  EXPECT_THAT(client->state(), HasSubstr("no room"));
  make_room();
  until_acknowledged(taken + 1);
  EXPECT_TRUE(broker.is_read());
  EXPECT_EQ(client->state(), "connected");
}

TEST_F(MqttClientTest, StaysWhileItIsHeldBackHoweverLong) {
  greet();
  fill_alarms();
  broker.heard();
  for (int i = 0; i < 5; ++i) time_passes();
  EXPECT_EQ(broker.heard(), "C0 00 C0 00 C0 00 C0 00 C0 00") << "the broker hears that it is there";
  EXPECT_TRUE(broker.has_line());
}

TEST_F(MqttClientTest, WhatIsHeldBackWhenItStopsIsNotAcknowledged) {
  greet();
  fill_alarms();
  broker.heard();
  client->stop_reading();
  ASSERT_TRUE(store->close().ok());
  client->close();
  EXPECT_EQ(broker.heard(), "E0 00");
}

TEST_F(MqttClientTest, WhatIsUnderWayWhenItStopsIsDurableAndAcknowledged) {
  greet();
  disk.hold_flushes();
  broker.says(publish("sensors/1", "a", 7));
  client->stop_reading();
  disk.release();
  ASSERT_TRUE(store->close().ok());
  client->close();
  EXPECT_EQ(broker.heard(), "40 02 00 07 E0 00");
}

TEST_F(MqttClientTest, NothingIsAcknowledgedOnAnotherConnection) {
  greet();
  disk.hold_flushes();
  broker.says(publish("sensors/1", "a", 7));
  broker.hangs_up("it broke");
  time_passes();
  greet(kResumed);
  disk.release();
  broker.says(publish("sensors/1", "a", 9));  // again, under the number it now has
  until_acknowledged(1);
  EXPECT_EQ(broker.heard(), "40 02 00 09");
}

TEST_F(MqttClientTest, WhatIsHeldBackWhenTheConnectionEndsIsTheBrokersAgain) {
  greet();
  const std::uint16_t taken = fill_alarms();
  broker.hangs_up("it broke");
  make_room();
  turns.run_until([&] { return store->state(test::kSensors).next == Offset{1}; });
  EXPECT_EQ(store->state(test::kAlarms).next, Offset{taken});
}

TEST_F(MqttClientTest, ABrokerThatIsAwayIsTriedAgainAndTheReasonSaid) {
  start();
  broker.hangs_up("it is not there");
  EXPECT_EQ(client->state(), "it is not there");
  EXPECT_EQ(broker.attempts, 1);
  time_passes();
  EXPECT_EQ(broker.attempts, 2);
  greet();
  EXPECT_EQ(client->state(), "connected");
}

TEST_F(MqttClientTest, ABrokerThatSaysNothingIsGivenUp) {
  start();
  time_passes();
  EXPECT_THAT(client->state(), HasSubstr("does not answer"));
  EXPECT_FALSE(broker.has_line());
}

TEST_F(MqttClientTest, ABrokerThatFallsSilentIsGivenUp) {
  greet();
  time_passes();  // the first ping
  broker.says(bytes("D0 00"));
  for (int i = 0; i < 2; ++i) time_passes();
  EXPECT_EQ(client->state(), "connected");
  time_passes();
  EXPECT_THAT(client->state(), HasSubstr("does not answer any more"));
}

TEST_F(MqttClientTest, TheKeepAliveOfTheBrokerCounts) {
  greet(bytes("20 ( 00 00 03 13 00 1E"));
  EXPECT_EQ(delays.back(), std::chrono::seconds(15));
  time_passes();
  EXPECT_EQ(broker.heard(), "C0 00");
}

TEST_F(MqttClientTest, RefusalsAreSaidInWords) {
  const auto refused_with = [this](std::string_view connack) {
    if (!client) start();
    if (!broker.has_line()) time_passes();
    broker.opens();
    broker.says(bytes(connack));
    return client->state();
  };
  EXPECT_THAT(refused_with("20 ( 00 87 00"), HasSubstr("check user and password_file of broker.home"));
  EXPECT_THAT(refused_with("20 ( 00 01"), HasSubstr("does not speak MQTT 5.0"));
  EXPECT_THAT(refused_with("20 ( 00 88 00"), HasSubstr("server unavailable"));
}

TEST_F(MqttClientTest, AnotherClientOfTheSameIdentifierIsNamed) {
  greet();
  broker.says(bytes("E0 01 8E"));
  EXPECT_THAT(client->state(), HasSubstr("(session taken over): another client has the identifier gw"));
}

TEST_F(MqttClientTest, ARefusedSubscriptionIsNamed) {
  greet();
  broker.says(bytes("90 ( 00 01 00 00 87"));
  EXPECT_EQ(client->state(), "connected, but it sends sensors/# at QoS 0 only; it refuses alarms/# (not authorized)");
  broker.hangs_up("it broke");
  time_passes();
  greet(kResumed);
  broker.says(bytes("90 ( 00 01 00 01 01"));
  EXPECT_EQ(client->state(), "connected");
}

TEST_F(MqttClientTest, APacketThatIsTooLargeEndsTheConnection) {
  MqttClientOptions wanted = options();
  wanted.max_packet_bytes = 100;
  start(wanted);
  greet();
  broker.says(publish("sensors/1", std::string(100, 'x'), 1));
  EXPECT_THAT(client->state(), HasSubstr("larger than was agreed"));
  EXPECT_EQ(client->counters().received.value(), 0U);
}

TEST_F(MqttClientTest, WhatComesWithTheEndIsLeftToTheBroker) {
  greet();
  Buffer said = publish("sensors/1", "a", 7);
  append(said, bytes("E0 01 8B"));
  broker.says(said);
  EXPECT_THAT(client->state(), HasSubstr("server shutting down"));
  EXPECT_EQ(client->counters().received.value(), 0U) << "it would come twice";
}

}  // namespace
}  // namespace tidegate::south
