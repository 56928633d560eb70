#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/mqtt/support.hpp"

namespace tidegate::mqtt {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::hex;
using ::testing::IsEmpty;
using testing::Server;
using ::testing::StartsWith;

TEST(MqttDialogue, SensorOf311FromConnectToDisconnect) {
  Server server;
  EXPECT_THAT(server.hears("10 ( 00 04 'MQTT' 04 02 00 3C 00 01 's'"),
              ElementsAre("CONNECT v4 id 's' clean keep-alive 60"));
  EXPECT_EQ(server.says(), "20 02 00 00");
  EXPECT_THAT(server.hears("32 ( 00 01 't' 00 01 '21.5'"), ElementsAre("PUBLISH t qos 1 id 1 payload '21.5'"));
  EXPECT_EQ(server.says(), "") << "nothing is acknowledged before the caller says so";
  server.session().acknowledge({AckKind::kPuback, 1}, server.output());
  EXPECT_EQ(server.says(), "40 02 00 01");
  EXPECT_THAT(server.hears("C0 00"), ElementsAre("HANDLED"));
  EXPECT_EQ(server.says(), "D0 00");
  EXPECT_THAT(server.hears("E0 00"), ElementsAre("DISCONNECT success, no will"));
  EXPECT_EQ(server.says(), "");
  EXPECT_FALSE(server.session().connected());
}

TEST(MqttDialogue, DisconnectOf5ChoosesWhatBecomesOfTheWill) {
  struct Row {
    std::string_view packet;
    std::string_view event;
  };
  const Row table[] = {
      {"E0 00", "DISCONNECT success, no will"},
      {"E0 01 00", "DISCONNECT success, no will"},
      {"E0 02 00 00", "DISCONNECT success, no will"},
      {"E0 01 04", "DISCONNECT disconnect with will message, will"},
      {"E0 01 80", "DISCONNECT unspecified error, will"},
      {"E0 ( 04 05 1F 00 02 'ok'", "DISCONNECT disconnect with will message, will"},
      {"E0 ( 00 05 11 00 00 00 00", "DISCONNECT success, no will, expiry 0"},
  };
  for (const Row& row : table) {
    Server server;
    server.greet(Version::k5);
    EXPECT_THAT(server.hears(row.packet), ElementsAre(row.event));
    EXPECT_EQ(server.says(), "");
  }
}

TEST(MqttDialogue, DisconnectHasAReasonThatClientsGive) {
  constexpr std::string_view kOfClients = "\x04\x80\x81\x82\x83\x90\x93\x94\x95\x96\x97\x98\x99";  // and 0x00
  for (unsigned reason = 0; reason < 256; ++reason) {
    Server server;
    server.greet(Version::k5);
    const Buffer packet{std::byte{0xE0}, std::byte{1}, static_cast<std::byte>(reason)};
    const bool allowed = reason == 0 || kOfClients.find(static_cast<char>(reason)) != std::string_view::npos;
    EXPECT_THAT(server.hears(packet), ElementsAre(StartsWith(allowed ? "DISCONNECT" : "FAILURE protocol error")))
        << reason;
  }
}

TEST(MqttDialogue, SessionExpiryMayGrowAtDisconnectOnlyIfAskedForAtConnect) {
  Server asked;
  asked.hears("10 ( 00 04 'MQTT' 05 02 00 3C 05 11 00 00 00 0A 00 01 'c'");
  EXPECT_THAT(asked.hears("E0 ( 00 05 11 00 00 00 FF"), ElementsAre("DISCONNECT success, no will, expiry 255"));
  Server not_asked;
  not_asked.greet(Version::k5);
  EXPECT_THAT(not_asked.hears("E0 ( 00 05 11 00 00 00 FF"), ElementsAre(StartsWith("FAILURE protocol error")));
}

TEST(MqttDialogue, NothingIsProcessedAfterDisconnect) {
  Server server;
  server.greet(Version::k311);
  EXPECT_THAT(server.hears("E0 00 30 04 00 01 't' 'x'"), ElementsAre("DISCONNECT success, no will"));
  EXPECT_THAT(server.hears("C0 00"), IsEmpty());
  EXPECT_EQ(server.says(), "");
}

TEST(MqttDialogue, ServerSaysWhyItCloses) {
  Server v5;
  v5.greet(Version::k5);
  v5.session().disconnect(Reason::kSessionTakenOver, v5.output());
  EXPECT_EQ(v5.says(), "E0 02 8E 00");
  EXPECT_FALSE(v5.session().connected());
  Server v311;
  v311.greet(Version::k311);
  v311.session().disconnect(Reason::kSessionTakenOver, v311.output());
  EXPECT_EQ(v311.says(), "");
}

TEST(MqttDialogue, ServerThatClosesBeforeAcceptingSendsConnackNotDisconnect) {
  Server server;
  server.session().disconnect(Reason::kServerShuttingDown, server.output());
  EXPECT_EQ(server.says(), "") << "the client's version is not known yet";
  const ServerLimits limits;
  ServerSession session(limits);
  const Buffer in = testing::bytes("10 ( 00 04 'MQTT' 05 02 00 3C 00 00 01 'c'");
  Bytes rest(in);
  Buffer output;
  session.next(rest, output);
  session.disconnect(Reason::kServerShuttingDown, output);
  EXPECT_EQ(hex(output), "20 03 00 8B 00");
}

TEST(MqttDialogue, ServerSaysOneLastWordOnly) {
  Server server;
  server.greet(Version::k5);
  server.hears("30 ( 00 00 00");
  EXPECT_THAT(server.says(), StartsWith("E0"));
  server.session().disconnect(Reason::kServerShuttingDown, server.output());
  EXPECT_EQ(server.says(), "");
}

TEST(MqttDialogue, AcceptanceIsRememberedForTheWill) {
  Server broken;
  broken.greet(Version::k5);
  broken.hears("00 00");
  EXPECT_FALSE(broken.session().connected());
  EXPECT_TRUE(broken.session().was_accepted());
  Server refused;
  refused.will_refuse(Reason::kNotAuthorized);
  refused.hears("10 ( 00 04 'MQTT' 04 02 00 3C 00 01 'c'");
  EXPECT_FALSE(refused.session().was_accepted());
}

TEST(MqttDialogue, LastWordsExplain) {
  Server server;
  server.greet(Version::k5);
  const std::vector<std::string> events = server.hears("10 ( 00 04 'MQTT' 05 02 00 3C 00 00 01 'c'");
  EXPECT_THAT(events, ElementsAre("FAILURE protocol error: a second CONNECT [MQTT-3.1.0-2]"));
  EXPECT_EQ(server.says(), hex(testing::bytes("E0 ( 82 22 1F 00 1F 'a second CONNECT [MQTT-3.1.0-2]'")));
}

TEST(MqttDialogue, LastWordsFitTheClient) {
  Server server;
  server.hears("10 ( 00 04 'MQTT' 05 02 00 3C 05 27 00 00 00 1D 00 01 'c'");
  server.says();
  server.hears("10 ( 00 04 'MQTT' 05 02 00 3C 00 00 01 'c'");
  EXPECT_EQ(server.says(), "E0 02 82 00");
}

TEST(MqttDialogue, RefusedConnectIsExplainedEvenWithoutProblemInformation) {
  Server server;  // Request Problem Information 0 spares CONNACK and DISCONNECT [MQTT-3.1.2-29]
  server.hears("10 ( 00 04 'MQTT' 05 02 00 3C ( 17 00 15 00 01 'x' ) 00 01 'c'");
  EXPECT_THAT(server.says(), HasSubstr("00 8C 39 1F 00 36"));
}

TEST(MqttDialogue, SessionIsSmall) { EXPECT_LE(sizeof(ServerSession), 32U); }

}  // namespace
}  // namespace tidegate::mqtt
