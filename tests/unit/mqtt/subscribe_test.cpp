#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/mqtt/support.hpp"

namespace tidegate::mqtt {
namespace {

using ::testing::ElementsAre;
using testing::Server;

TEST(MqttSubscribe, Of311IsHandedOverAndAnsweredFilterByFilter) {
  Server server;
  server.greet(Version::k311);
  // Figures 3.21 and 3.23 of MQTT 3.1.1: packet identifier 10, "a/b" at QoS 1, "c/d" at QoS 2.
  EXPECT_THAT(server.hears("82 ( 00 0A 00 03 'a/b' 01 00 03 'c/d' 02"),
              ElementsAre("SUBSCRIBE 10 a/b qos 1 c/d qos 2"));
  EXPECT_EQ(server.says(), "90 04 00 0A 01 02");
}

TEST(MqttSubscribe, OptionsOf5AreHandedOver) {
  Server server;
  server.greet(Version::k5);
  EXPECT_THAT(server.hears("82 ( 00 0A 00 00 03 'a/b' 01 00 03 'c/d' 2E 00 01 '#' 10"),
              ElementsAre("SUBSCRIBE 10 a/b qos 1 c/d qos 2 no-local retain-as-published retain-handling 2 "
                          "# qos 0 retain-handling 1"));
  EXPECT_EQ(server.says(), "90 06 00 0A 00 01 02 00");
}

TEST(MqttSubscribe, IdentifierIsHandedOver) {
  Server server;
  server.greet(Version::k5);
  EXPECT_THAT(server.hears("82 ( 00 01 05 0B FF FF FF 7F 00 01 '#' 00"),
              ElementsAre("SUBSCRIBE 1 identifier 268435455 # qos 0"));
}

TEST(MqttSubscribe, OptionsOf5AreReservedIn311) {
  for (const std::string_view options : {"04", "08", "10", "20"}) {
    Server server;
    server.greet(Version::k311);
    EXPECT_THAT(server.hears("82 ( 00 01 00 01 'a' " + std::string(options)),
                ElementsAre(::testing::StartsWith("FAILURE malformed packet")));
  }
}

TEST(MqttSubscribe, SharesAreRefusedEachInItsPlace) {
  Server v5;
  v5.greet(Version::k5);
  v5.hears("82 ( 00 01 00 00 01 '#' 00 00 0A '$share/g/a' 00 00 03 '+/+' 02");
  EXPECT_EQ(v5.says(), "90 06 00 01 00 00 9E 02");
  Server v311;
  v311.greet(Version::k311);
  v311.hears("82 ( 00 01 00 0A '$share/g/a' 00");
  EXPECT_EQ(v311.says(), "90 03 00 01 80") << "3.1.1 has one code for every refusal";
}

TEST(MqttSubscribe, AnswerThatDoesNotFitIsNotSent) {
  Server server;
  server.hears("10 ( 00 04 'MQTT' 05 02 00 3C 05 27 00 00 00 19 00 01 'c'");
  server.says();
  std::string packet = "82 ( 00 0A 00";
  for (int i = 0; i < 20; ++i) packet += " 00 01 'a' 00";
  server.hears(packet);
  EXPECT_EQ(server.output().size(), 25U) << "as large as the client takes";
  server.says();
  server.hears(packet + " 00 01 'a' 00");
  EXPECT_EQ(server.says(), "");
  EXPECT_TRUE(server.session().connected());
}

TEST(MqttUnsubscribe, Of311IsAnswered) {
  Server server;
  server.greet(Version::k311);
  EXPECT_THAT(server.hears("A2 ( 00 0A 00 03 'a/b' 00 03 'c/d'"), ElementsAre("UNSUBSCRIBE 10 a/b c/d"));
  EXPECT_EQ(server.says(), "B0 02 00 0A");
}

TEST(MqttUnsubscribe, Of5HasAReasonForEachFilter) {
  Server server;
  server.greet(Version::k5);
  EXPECT_THAT(server.hears("A2 ( 00 0A 00 00 03 'a/b' 00 03 'c/d'"), ElementsAre("UNSUBSCRIBE 10 a/b c/d"));
  EXPECT_EQ(server.says(), "B0 05 00 0A 00 11 11");
}

}  // namespace
}  // namespace tidegate::mqtt
