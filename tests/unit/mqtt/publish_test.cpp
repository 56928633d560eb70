#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/mqtt/support.hpp"

namespace tidegate::mqtt {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::Server;
using ::testing::StartsWith;

std::vector<std::string> hears_after_greeting(Version version, std::string_view packet) {
  Server server;
  server.greet(version);
  return server.hears(packet);
}

TEST(MqttPublish, VariableHeaderOfTheSpecification) {
  // Figure 3.11 of MQTT 3.1.1 and 3-9 of MQTT 5.0: topic "a/b", packet identifier 10.
  EXPECT_THAT(hears_after_greeting(Version::k311, "32 ( 00 03 'a/b' 00 0A 'hello'"),
              ElementsAre("PUBLISH a/b qos 1 id 10 payload 'hello'"));
  EXPECT_THAT(hears_after_greeting(Version::k5, "32 ( 00 03 'a/b' 00 0A 00 'hello'"),
              ElementsAre("PUBLISH a/b qos 1 id 10 payload 'hello'"));
}

TEST(MqttPublish, Qos0HasNoPacketIdentifier) {
  EXPECT_THAT(hears_after_greeting(Version::k311, "30 ( 00 03 'a/b' 00 0A"),
              ElementsAre(std::string("PUBLISH a/b qos 0 payload '") + '\0' + "\n'"));
}

TEST(MqttPublish, FlagsAreHandedOver) {
  EXPECT_THAT(hears_after_greeting(Version::k311, "3B ( 00 01 't' FF FF 'x'"),
              ElementsAre("PUBLISH t qos 1 id 65535 dup retain payload 'x'"));
  EXPECT_THAT(hears_after_greeting(Version::k5, "31 ( 00 01 't' 00"), ElementsAre("PUBLISH t qos 0 retain payload ''"));
}

TEST(MqttPublish, PropertiesComeUnalteredAndInOrder) {
  EXPECT_THAT(hears_after_greeting(Version::k5,
                                   "30 ( 00 01 't' ( 26 00 01 'b' 00 01 '1' 01 01 26 00 01 'a' 00 01 '2'"
                                   "08 00 03 'r/t' 09 00 01 FF ) 'x'"),
              ElementsAre("PUBLISH t qos 0 properties 26 00 01 62 00 01 31 01 01 26 00 01 61 00 01 32 "
                          "08 00 03 72 2F 74 09 00 01 FF payload 'x'"));
}

TEST(MqttPublish, PropertiesOf5ArePayloadIn311) {
  EXPECT_THAT(hears_after_greeting(Version::k311, "30 ( 00 01 't' 02 01 01"),
              ElementsAre("PUBLISH t qos 0 payload '\x02\x01\x01'"));
}

TEST(MqttPublish, ViewsPointIntoTheInput) {
  const ServerLimits limits;
  ServerSession session(limits);
  Buffer output;
  const Buffer in = testing::bytes("10 0D 00 04 'MQTT' 04 02 00 3C 00 01 'c' 30 ( 00 01 't' 'payload'");
  Bytes rest(in);
  session.next(rest, output);
  session.accept({}, output);
  const Event event = session.next(rest, output);
  const auto& publish = std::get<Publish>(event);
  EXPECT_EQ(publish.payload.data() + publish.payload.size(), in.data() + in.size());
  EXPECT_TRUE(rest.empty());
}

TEST(MqttPublish, PubackIsFourBytesForSuccessInBothVersions) {
  for (const Version version : {Version::k311, Version::k5}) {
    Server server;
    server.greet(version);
    server.session().acknowledge({AckKind::kPuback, 0x1234}, server.output());
    EXPECT_EQ(server.says(), "40 02 12 34");
  }
}

TEST(MqttPublish, PubackReasonGoesTo5Only) {
  Server v5;
  v5.greet(Version::k5);
  v5.session().acknowledge({AckKind::kPuback, 10, Reason::kQuotaExceeded}, v5.output());
  EXPECT_EQ(v5.says(), "40 03 00 0A 97");
  Server v311;
  v311.greet(Version::k311);
  v311.session().acknowledge({AckKind::kPuback, 10, Reason::kQuotaExceeded}, v311.output());
  EXPECT_EQ(v311.says(), "40 02 00 0A");
}

TEST(MqttPublish, SameIdentifierAfterPubackIsANewMessage) {
  Server server({.receive_maximum = 1});
  server.greet(Version::k5);
  for (int i = 0; i < 3; ++i) {
    EXPECT_THAT(server.hears("3A ( 00 01 't' 00 07 00 'x'"), ElementsAre("PUBLISH t qos 1 id 7 dup payload 'x'"));
    server.session().acknowledge({AckKind::kPuback, 7}, server.output());
  }
}

TEST(MqttPublish, ReceiveMaximumIsEnforced) {
  Server server({.receive_maximum = 2});
  server.greet(Version::k5);
  EXPECT_THAT(server.hears("32 ( 00 01 't' 00 01 00"), ElementsAre(StartsWith("PUBLISH")));
  EXPECT_THAT(server.hears("30 ( 00 01 't' 00"), ElementsAre(StartsWith("PUBLISH"))) << "QoS 0 does not count";
  EXPECT_THAT(server.hears("32 ( 00 01 't' 00 02 00"), ElementsAre(StartsWith("PUBLISH")));
  server.session().acknowledge({AckKind::kPuback, 1}, server.output());
  EXPECT_THAT(server.hears("32 ( 00 01 't' 00 03 00"), ElementsAre(StartsWith("PUBLISH")));
  server.says();
  EXPECT_THAT(server.hears("32 ( 00 01 't' 00 04 00"), ElementsAre(StartsWith("FAILURE receive maximum exceeded")));
  EXPECT_THAT(server.says(), ::testing::HasSubstr("93"));
}

TEST(MqttPublish, PubackBeyondWhatIsInFlightGivesNoQuota) {
  Server server({.receive_maximum = 1});
  server.greet(Version::k5);
  server.session().acknowledge({AckKind::kPuback, 1}, server.output());
  EXPECT_THAT(server.hears("32 ( 00 01 't' 00 01 00"), ElementsAre(StartsWith("PUBLISH")));
  EXPECT_THAT(server.hears("32 ( 00 01 't' 00 02 00"), ElementsAre(StartsWith("FAILURE receive maximum exceeded")));
}

TEST(MqttPublish, OtherPacketsAreAnsweredAtTheReceiveMaximum) {
  Server server({.receive_maximum = 1});
  server.greet(Version::k5);
  EXPECT_THAT(server.hears("32 ( 00 01 't' 00 01 00"), ElementsAre(StartsWith("PUBLISH")));
  EXPECT_THAT(server.hears("C0 00"), ElementsAre("HANDLED"));
  EXPECT_EQ(server.says(), "D0 00");
}

TEST(MqttPublish, ReceiveMaximumIsNotFor311) {
  Server server({.receive_maximum = 1});
  server.greet(Version::k311);
  for (int i = 0; i < 3; ++i) EXPECT_THAT(server.hears("32 ( 00 01 't' 00 01"), ElementsAre(StartsWith("PUBLISH")));
}

TEST(MqttPublish, TooLargePacketFailsAtItsHeader) {
  Server server({.maximum_packet_size = 100});
  server.greet(Version::k5);
  EXPECT_THAT(server.hears("30 63"), ElementsAre(StartsWith("FAILURE packet too large")));
  EXPECT_THAT(server.says(), ::testing::HasSubstr("95"));
}

TEST(MqttPublish, PacketOfTheMaximumSizePasses) {
  Server server({.maximum_packet_size = 100});
  server.greet(Version::k5);
  EXPECT_THAT(server.hears("30 62"), IsEmpty()) << "100 bytes with the header: waits for them";
  const Buffer rest(98, std::byte{0});
  Buffer body = testing::bytes("00 01 't' 00");
  body.resize(98, std::byte{'x'});
  EXPECT_THAT(server.hears(Bytes(body)), ElementsAre(StartsWith("PUBLISH t qos 0 payload 'xxx")));
}

TEST(MqttPublish, ManyPacketsInOneReadAreManyEvents) {
  Server server;
  server.greet(Version::k311);
  EXPECT_THAT(server.hears("32 06 00 01 't' 00 01 'a' C0 00 32 06 00 01 't' 00 02 'b' E0 00"),
              ElementsAre("PUBLISH t qos 1 id 1 payload 'a'", "HANDLED", "PUBLISH t qos 1 id 2 payload 'b'",
                          "DISCONNECT success, no will"));
}

}  // namespace
}  // namespace tidegate::mqtt
