#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/mqtt/support.hpp"

namespace tidegate::mqtt {
namespace {

using ::testing::ElementsAre;
using testing::hex;
using testing::Server;

constexpr std::string_view kReason = "1F 00 1D 'subscriptions are not offered'";

TEST(MqttSubscribe, Of311IsRefusedFilterByFilter) {
  Server server;
  server.greet(Version::k311);
  // Figures 3.21 and 3.23 of MQTT 3.1.1: packet identifier 10, "a/b" at QoS 1, "c/d" at QoS 2.
  EXPECT_THAT(server.hears("82 ( 00 0A 00 03 'a/b' 01 00 03 'c/d' 02"), ElementsAre("HANDLED"));
  EXPECT_EQ(server.says(), "90 04 00 0A 80 80");
  EXPECT_TRUE(server.session().connected());
}

TEST(MqttSubscribe, Of5IsRefusedWithReasons) {
  Server server;
  server.greet(Version::k5);
  EXPECT_THAT(server.hears("82 ( 00 0A 00 00 03 'a/b' 01 00 03 'c/d' 2E"), ElementsAre("HANDLED"));
  EXPECT_EQ(server.says(), hex(testing::bytes("90 ( 00 0A 20 " + std::string(kReason) + "83 83")));
  EXPECT_TRUE(server.session().connected());
}

TEST(MqttSubscribe, WildcardsSharesAndIdentifiersAreRefusedAlike) {
  Server server;
  server.greet(Version::k5);
  server.hears("82 ( 00 01 02 0B 05 00 01 '#' 00 00 0A '$share/g/a' 00 00 03 '+/+' 02");
  EXPECT_EQ(server.says(), hex(testing::bytes("90 ( 00 01 20 " + std::string(kReason) + "83 83 83")));
}

TEST(MqttSubscribe, ReasonStringIsLeftOutWhenNotWanted) {
  Server server;  // Request Problem Information 0
  server.hears("10 ( 00 04 'MQTT' 05 02 00 3C 02 17 00 00 01 'c'");
  server.says();
  server.hears("82 ( 00 0A 00 00 03 'a/b' 01");
  EXPECT_EQ(server.says(), "90 04 00 0A 00 83");
}

TEST(MqttSubscribe, ReasonStringIsLeftOutWhenItDoesNotFit) {
  Server fits;
  fits.hears("10 ( 00 04 'MQTT' 05 02 00 3C 05 27 00 00 00 26 00 01 'c'");
  fits.says();
  fits.hears("82 ( 00 0A 00 00 03 'a/b' 01");
  EXPECT_EQ(fits.output().size(), 38U);
  Server too_long;
  too_long.hears("10 ( 00 04 'MQTT' 05 02 00 3C 05 27 00 00 00 25 00 01 'c'");
  too_long.says();
  too_long.hears("82 ( 00 0A 00 00 03 'a/b' 01");
  EXPECT_EQ(too_long.says(), "90 04 00 0A 00 83");
}

TEST(MqttSubscribe, AnswerThatDoesNotFitAtAllIsNotSent) {
  Server server;
  server.hears("10 ( 00 04 'MQTT' 05 02 00 3C 05 27 00 00 00 1D 00 01 'c'");
  server.says();
  std::string packet = "82 ( 00 0A 00";
  for (int i = 0; i < 25; ++i) packet += " 00 01 'a' 00";
  EXPECT_THAT(server.hears(packet), ElementsAre("HANDLED"));
  EXPECT_EQ(server.says(), "");
  EXPECT_TRUE(server.session().connected());
}

TEST(MqttUnsubscribe, Of311IsAnswered) {
  Server server;
  server.greet(Version::k311);
  EXPECT_THAT(server.hears("A2 ( 00 0A 00 03 'a/b' 00 03 'c/d'"), ElementsAre("HANDLED"));
  EXPECT_EQ(server.says(), "B0 02 00 0A");
}

TEST(MqttUnsubscribe, Of5SaysForEachFilterThatNothingWasThere) {
  Server server;
  server.greet(Version::k5);
  EXPECT_THAT(server.hears("A2 ( 00 0A 00 00 03 'a/b' 00 03 'c/d'"), ElementsAre("HANDLED"));
  EXPECT_EQ(server.says(), "B0 05 00 0A 00 11 11");
}

}  // namespace
}  // namespace tidegate::mqtt
