#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "proto/mqtt/primitives.hpp"
#include "tests/unit/mqtt/support.hpp"

namespace tidegate::mqtt {
namespace {

using std::chrono::seconds;
using testing::bytes;
using ::testing::ElementsAre;
using testing::hex;
using testing::Server;
using ::testing::StartsWith;

Delivery hello(QoS qos = QoS::kAtLeastOnce) {
  Delivery delivery;
  delivery.message.topic = "a/b";
  delivery.message.payload = as_bytes("hello");
  delivery.message.qos = qos;
  return delivery;
}

TEST(MqttDelivery, BytesOfBothVersionsAndQualities) {
  Server v311;
  v311.greet(Version::k311);
  v311.publishes(hello(QoS::kAtMostOnce));
  v311.publishes(hello());
  EXPECT_EQ(v311.says(), hex(bytes("30 ( 00 03 'a/b' 'hello' ) 32 ( 00 03 'a/b' 00 01 'hello' )")));
  Server v5;
  v5.greet(Version::k5);
  v5.publishes(hello(QoS::kAtMostOnce));
  v5.publishes(hello());
  EXPECT_EQ(v5.says(), hex(bytes("30 ( 00 03 'a/b' 00 'hello' ) 32 ( 00 03 'a/b' 00 01 00 'hello' )")));
}

TEST(MqttDelivery, PropertiesGoTo5OnlyAndIdentifiersFollowThem) {
  const Buffer properties = bytes("26 00 01 'k' 00 01 'v'");
  const std::uint32_t identifiers[] = {1, 128};
  Delivery delivery = hello(QoS::kAtMostOnce);
  delivery.message.properties = properties;
  delivery.message.retain = true;
  delivery.identifiers = identifiers;
  Server v5;
  v5.greet(Version::k5);
  v5.publishes(delivery);
  EXPECT_EQ(v5.says(), hex(bytes("31 ( 00 03 'a/b' ( 26 00 01 'k' 00 01 'v' 0B 01 0B 80 01 ) 'hello' )")));
  Server v311;
  v311.greet(Version::k311);
  v311.publishes(delivery);
  EXPECT_EQ(v311.says(), hex(bytes("31 ( 00 03 'a/b' 'hello' )")));
}

TEST(MqttDelivery, NoMoreAtATimeThanTheClientReceives) {
  Server server;
  EXPECT_THAT(server.hears("10 ( 00 04 'MQTT' 05 02 00 3C 03 21 00 02 00 01 'c'"),
              ElementsAre("CONNECT v5 id 'c' clean keep-alive 60 receives 2"));
  EXPECT_EQ(server.publishes(hello()), "sent");
  EXPECT_EQ(server.publishes(hello()), "sent");
  EXPECT_EQ(server.publishes(hello()), "no quota");
  EXPECT_EQ(server.publishes(hello(QoS::kAtMostOnce)), "sent") << "the quota is of QoS 1";
  EXPECT_THAT(server.hears("40 02 00 02"), ElementsAre("PUBACK 2 success"));
  EXPECT_EQ(server.publishes(hello()), "sent");
  EXPECT_EQ(server.publishes(hello()), "no quota");
}

TEST(MqttDelivery, NoMoreAtATimeThanTheServerAllowsA311Client) {
  Server server({.send_maximum = 1});
  server.greet(Version::k311);
  EXPECT_EQ(server.publishes(hello()), "sent");
  EXPECT_EQ(server.publishes(hello()), "no quota");
  EXPECT_THAT(server.hears("40 02 00 01"), ElementsAre("PUBACK 1 success"));
  EXPECT_EQ(server.publishes(hello()), "sent");
}

TEST(MqttDelivery, AnIdentifierInFlightIsNotAllottedAgain) {
  Server server({.send_maximum = 2});
  server.greet(Version::k311);
  EXPECT_EQ(server.publishes(hello()), "sent");  // 1 stays in flight for a whole round of identifiers
  for (unsigned id = 2; id < kLeastGivenId; ++id) {
    ASSERT_EQ(server.publishes(hello()), "sent");
    const Buffer puback{std::byte{0x40}, std::byte{2}, std::byte(id >> 8), std::byte(id & 0xFFU)};
    ASSERT_THAT(server.hears(puback), ElementsAre("PUBACK " + std::to_string(id) + " success"));
  }
  server.says();
  EXPECT_EQ(server.publishes(hello()), "sent");
  EXPECT_EQ(server.says(), hex(bytes("32 ( 00 03 'a/b' 00 02 'hello' )"))) << "neither 0 nor 1";
}

TEST(MqttDelivery, WhatTheClientDoesNotTakeIsNotSent) {
  Server server;
  server.hears("10 ( 00 04 'MQTT' 05 02 00 3C 05 27 00 00 00 19 00 01 'c'");
  server.says();
  const std::string fits(25 - 2 - 5 - 1, 'x');
  const std::string too_long = fits + "x";
  Delivery delivery = hello(QoS::kAtMostOnce);
  delivery.message.payload = as_bytes(fits);
  EXPECT_EQ(server.publishes(delivery), "sent");
  EXPECT_EQ(server.output().size(), 25U);
  server.says();
  delivery.message.payload = as_bytes(too_long);
  EXPECT_EQ(server.publishes(delivery), "too large");
  delivery.message.payload = as_bytes(fits);
  delivery.message.qos = QoS::kAtLeastOnce;
  EXPECT_EQ(server.publishes(delivery), "too large") << "the packet identifier counts";
  EXPECT_EQ(server.says(), "");
}

TEST(MqttDelivery, ExpiryIsLessTheWait) {
  const Buffer properties = bytes("01 01 02 00 00 01 2C 26 00 01 'k' 00 01 'v'");
  Delivery delivery = hello(QoS::kAtMostOnce);
  delivery.message.properties = properties;
  delivery.waited = seconds(45);
  Server server;
  server.greet(Version::k5);
  EXPECT_EQ(server.publishes(delivery), "sent");
  EXPECT_EQ(server.says(), hex(bytes("30 ( 00 03 'a/b' ( 01 01 02 00 00 00 FF 26 00 01 'k' 00 01 'v' ) 'hello' )")));
  delivery.waited = seconds(0);
  EXPECT_EQ(server.publishes(delivery), "sent");
  EXPECT_EQ(server.says(), hex(bytes("30 ( 00 03 'a/b' ( 01 01 02 00 00 01 2C 26 00 01 'k' 00 01 'v' ) 'hello' )")));
}

TEST(MqttDelivery, WhatHasExpiredIsNotSentToEitherVersion) {
  const Buffer properties = bytes("02 00 00 00 0A");
  Delivery delivery = hello();
  delivery.message.properties = properties;
  delivery.waited = seconds(10);
  for (const Version version : {Version::k311, Version::k5}) {
    Server server;
    server.greet(version);
    EXPECT_EQ(server.publishes(delivery), "expired");
    EXPECT_EQ(server.says(), "");
  }
}

TEST(MqttDelivery, PubackOf5MayCarryAReason) {
  Server server;
  server.greet(Version::k5);
  for (int i = 0; i < 3; ++i) server.publishes(hello());
  EXPECT_THAT(
      server.hears("40 03 00 01 10 40 04 00 02 00 00 40 ( 00 03 83 04 1F 00 01 'x' )"),
      ElementsAre("PUBACK 1 no matching subscribers", "PUBACK 2 success", "PUBACK 3 not accepted by this server"));
}

TEST(MqttDelivery, PubackTwiceIsAProtocolError) {
  Server server;
  server.greet(Version::k311);
  server.publishes(hello());
  EXPECT_THAT(server.hears("40 02 00 01 40 02 00 01"),
              ElementsAre("PUBACK 1 success", StartsWith("FAILURE protocol error")));
}

TEST(MqttDelivery, IllFormedPubackIsMalformed) {
  for (const std::string_view packet : {"40 00", "40 01 00", "40 03 00 01 00"}) {
    Server server;
    server.greet(Version::k311);
    server.publishes(hello());
    EXPECT_THAT(server.hears(packet), ElementsAre(StartsWith("FAILURE malformed packet"))) << packet;
  }
  for (const std::string_view packet : {"40 04 00 01 00 01", "40 05 00 01 00 00 00"}) {
    Server server;
    server.greet(Version::k5);
    server.publishes(hello());
    EXPECT_THAT(server.hears(packet), ElementsAre(StartsWith("FAILURE malformed packet"))) << packet;
  }
}

}  // namespace
}  // namespace tidegate::mqtt
