#include "tests/unit/south/mqtt_client_bench.hpp"

namespace tidegate::south {
namespace {

using mqtt::testing::bytes;
using mqtt::testing::hex;
using testing::HasSubstr;

TEST_F(MqttClientTest, AsksForASessionThatIsKeptAndSubscribes) {
  start();
  broker.opens();
  // Clean Start 0, keep-alive 60 s, Session Expiry never, Receive Maximum 1024, no Maximum Packet Size.
  EXPECT_EQ(broker.heard(), hex(bytes("10 ( 00 04 'MQTT' 05 00 00 3C ( 11 FF FF FF FF 21 04 00 ) 00 02 'gw'")));
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

TEST_F(MqttClientTest, AConnectionThatEndsAtOnceDoesNotComeBackEverSooner) {
  for (int i = 0; i < 8; ++i) {
    greet();
    timers.clear();  // it does not last
    broker.hangs_up("it broke");
    time_passes();
  }
  broker.hangs_up("it is not there");
  EXPECT_GE(delays.back(), options().backoff_max / 2);
}

TEST_F(MqttClientTest, WhatComesWithTheEndIsLeftToTheBroker) {
  greet();
  Buffer said = publish("sensors/1", "a", 7);
  append(said, publish("alarms/1", "b", 0));
  append(said, bytes("E0 01 8B"));
  broker.says(said);
  EXPECT_THAT(client->state(), HasSubstr("server shutting down"));
  ASSERT_TRUE(store->close().ok());
  EXPECT_EQ(store->state(test::kAlarms).next, Offset{1});
  EXPECT_EQ(store->state(test::kSensors).next, Offset{0}) << "it would come twice";
}

}  // namespace
}  // namespace tidegate::south
