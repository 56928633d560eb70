// QoS 2 as far as one connection knows it: what is in flight on it, and the bytes of both directions.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "proto/mqtt/primitives.hpp"
#include "tests/unit/mqtt/support.hpp"

namespace tidegate::mqtt {
namespace {

using testing::bytes;
using ::testing::ElementsAre;
using testing::hex;
using testing::Server;
using ::testing::StartsWith;

constexpr std::uint16_t kId = kLeastGivenId;  // 80 00

Delivery hello(std::uint16_t packet_id = kId, bool dup = false) {
  Delivery delivery;
  delivery.message.topic = "a/b";
  delivery.message.payload = as_bytes("hello");
  delivery.message.qos = QoS::kExactlyOnce;
  delivery.message.packet_id = packet_id;
  delivery.message.dup = dup;
  return delivery;
}

class MqttExactlyOnce : public ::testing::TestWithParam<Version> {
 protected:
  void SetUp() override { server.greet(GetParam()); }
  Server server;
};
INSTANTIATE_TEST_SUITE_P(Versions, MqttExactlyOnce, ::testing::Values(Version::k311, Version::k5));

TEST_P(MqttExactlyOnce, AMessageOfTheClientGoesThroughItsFourPackets) {
  const bool v5 = GetParam() == Version::k5;
  EXPECT_THAT(server.hears(v5 ? "34 ( 00 01 't' 00 07 00 'x'" : "34 ( 00 01 't' 00 07 'x'"),
              ElementsAre("PUBLISH t qos 2 id 7 payload 'x'"));
  server.session().acknowledge({AckKind::kPubrec, 7}, server.output());
  EXPECT_EQ(server.says(), "50 02 00 07");
  EXPECT_THAT(server.hears("62 02 00 07"), ElementsAre("PUBREL 7 success"));
  server.session().acknowledge({AckKind::kPubcomp, 7}, server.output());
  EXPECT_EQ(server.says(), "70 02 00 07");
}

TEST_P(MqttExactlyOnce, AMessageToTheClientGoesThroughItsFourPackets) {
  EXPECT_EQ(server.publishes(hello()), "sent");
  const bool v5 = GetParam() == Version::k5;
  EXPECT_EQ(server.says(), hex(bytes(v5 ? "34 ( 00 03 'a/b' 80 00 00 'hello'" : "34 ( 00 03 'a/b' 80 00 'hello'")));
  EXPECT_THAT(server.hears("50 02 80 00"), ElementsAre("PUBREC 32768 success"));
  EXPECT_EQ(server.says(), "") << "PUBREL waits until its sender has noted the PUBREC";
  server.session().acknowledge({AckKind::kPubrel, kId}, server.output());
  EXPECT_EQ(server.says(), "62 02 80 00");
  EXPECT_THAT(server.hears("70 02 80 00"), ElementsAre("PUBCOMP 32768 success"));
  EXPECT_THAT(server.hears("70 02 80 00"), ElementsAre("HANDLED")) << "nothing is left to say of it";
}

TEST_P(MqttExactlyOnce, ASecondSendingHasDup) {
  EXPECT_EQ(server.publishes(hello(kId, true)), "sent");
  EXPECT_THAT(server.says(), StartsWith("3C "));
}

TEST_P(MqttExactlyOnce, ASessionGoesOnWithPubrel) {
  server.session().acknowledge({AckKind::kPubrel, kId}, server.output());
  EXPECT_EQ(server.says(), "62 02 80 00");
  EXPECT_THAT(server.hears("70 02 80 00"), ElementsAre("PUBCOMP 32768 success"));
}

TEST_P(MqttExactlyOnce, APubrecThatComesAgainIsAnsweredAgain) {
  server.publishes(hello());
  server.hears("50 02 80 00");
  server.session().acknowledge({AckKind::kPubrel, kId}, server.output());
  server.says();
  EXPECT_THAT(server.hears("50 02 80 00"), ElementsAre("HANDLED"));
  EXPECT_EQ(server.says(), "62 02 80 00");
}

TEST_P(MqttExactlyOnce, APubrecOfNothingKnownIsAnsweredSo) {
  EXPECT_THAT(server.hears("50 02 00 09"), ElementsAre("HANDLED"));
  EXPECT_EQ(server.says(), GetParam() == Version::k5 ? "62 03 00 09 92" : "62 02 00 09");
}

TEST_P(MqttExactlyOnce, AMessageOfQos1DoesNotTakeAnIdentifierThatIsGiven) {
  EXPECT_EQ(server.publishes(hello(kId)), "sent");
  Delivery other = hello(0);
  other.message.qos = QoS::kAtLeastOnce;
  for (unsigned id = 1; id < kLeastGivenId + 10U; ++id) {
    server.says();
    ASSERT_EQ(server.publishes(other), "sent");
    const unsigned expected = (id - 1) % (kLeastGivenId - 1U) + 1;
    const Buffer puback{std::byte{0x40}, std::byte{2}, std::byte(expected >> 8), std::byte(expected & 0xFFU)};
    ASSERT_THAT(server.hears(puback), ElementsAre("PUBACK " + std::to_string(expected) + " success"));
  }
}

TEST(MqttExactlyOnceIn5, ARefusingPubrecIsTheLastWord) {
  Server server({.send_maximum = 1});
  server.greet(Version::k5);
  server.publishes(hello());
  EXPECT_EQ(server.publishes(hello(kId + 1)), "no quota");
  EXPECT_THAT(server.hears("50 03 80 00 97"), ElementsAre("PUBREC 32768 quota exceeded"));
  EXPECT_EQ(server.publishes(hello(kId + 1)), "sent");
}

TEST(MqttExactlyOnceIn5, TheQuotaToTheClientIsGivenBackByPubcomp) {
  Server server;
  server.hears("10 ( 00 04 'MQTT' 05 02 00 3C 03 21 00 01 00 01 'c'");
  EXPECT_EQ(server.publishes(hello()), "sent");
  server.hears("50 02 80 00");
  EXPECT_EQ(server.publishes(hello(kId + 1)), "no quota");
  server.session().acknowledge({AckKind::kPubrel, kId}, server.output());
  EXPECT_EQ(server.publishes(hello(kId + 1)), "no quota");
  server.hears("70 02 80 00");
  EXPECT_EQ(server.publishes(hello(kId + 1)), "sent");
}

TEST(MqttExactlyOnceIn5, TheReceiveMaximumIsGivenBackByPubcomp) {
  Server server({.receive_maximum = 1});
  server.greet(Version::k5);
  server.hears("34 ( 00 01 't' 00 07 00 'x'");
  server.session().acknowledge({AckKind::kPubrec, 7}, server.output());
  server.hears("62 02 00 07");
  server.session().acknowledge({AckKind::kPubcomp, 7}, server.output());
  EXPECT_THAT(server.hears("34 ( 00 01 't' 00 08 00 'x'"), ElementsAre(StartsWith("PUBLISH")));
  server.session().acknowledge({AckKind::kPubrec, 8}, server.output());
  EXPECT_THAT(server.hears("34 ( 00 01 't' 00 09 00 'x'"), ElementsAre(StartsWith("FAILURE receive maximum exceeded")));
}

TEST(MqttExactlyOnceIn5, ReasonsAreToldBothWays) {
  Server server;
  server.greet(Version::k5);
  EXPECT_THAT(server.hears("62 ( 00 07 92 04 1F 00 01 'x'"), ElementsAre("PUBREL 7 packet identifier not found"));
  server.session().acknowledge({AckKind::kPubcomp, 7, Reason::kPacketIdentifierNotFound}, server.output());
  EXPECT_EQ(server.says(), "70 03 00 07 92");
}

}  // namespace
}  // namespace tidegate::mqtt
