#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/mqtt/support.hpp"

namespace tidegate::mqtt {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::Server;
using ::testing::StartsWith;

/// A packet, and the reason with which the connection ends on it.
struct Row {
  std::string_view packet;
  Reason reason;
};

/// `greeted`: the client is connected already; otherwise the packet is its first.
void expect_failures(Version version, bool greeted, std::initializer_list<Row> table) {
  for (const Row& row : table) {
    Server server;
    if (greeted) server.greet(version);
    EXPECT_THAT(server.hears(row.packet), ElementsAre(StartsWith("FAILURE " + std::string(to_string(row.reason)))))
        << row.packet;
    EXPECT_FALSE(server.session().connected());
    const bool answers = version == Version::k5;
    EXPECT_EQ(server.says().substr(0, 2), !answers ? "" : greeted ? "E0" : "20") << row.packet;
    EXPECT_THAT(server.hears("C0 00"), IsEmpty()) << "nothing is processed after a failure";
  }
}

TEST(MqttMalformed, FirstPacketIsConnect) {
  for (const std::string_view packet : {"30 00", "C0 00", "E0 00", "00 00", "F0 00", "82 05 00 01 00 00 00", "47 45"}) {
    Server server;
    EXPECT_THAT(server.hears(packet), ElementsAre(StartsWith("FAILURE protocol error"))) << packet;
    EXPECT_EQ(server.says(), "") << "what it understands is not known";
  }
}

TEST(MqttMalformed, HttpRequestEndsAtItsFirstBytes) {
  Server server;
  EXPECT_THAT(server.hears("'GET / HTTP/1.1'"), ElementsAre(StartsWith("FAILURE protocol error")));
}

TEST(MqttMalformed, LengthOfFiveBytes) {
  expect_failures(Version::k5, true, {{"30 FF FF FF FF 01", Reason::kMalformedPacket}});
  expect_failures(Version::k311, true, {{"30 80 80 80 80 00", Reason::kMalformedPacket}});
  Server server;
  EXPECT_THAT(server.hears("10 FF FF FF FF"), ElementsAre(StartsWith("FAILURE malformed packet")));
  EXPECT_EQ(server.says(), "");
}

TEST(MqttMalformed, LengthLongerThanNeededFailsIn5Only) {
  expect_failures(Version::k5, true, {{"C0 80 00", Reason::kMalformedPacket}});
  expect_failures(Version::k5, false, {{"10 8E 00 00 04 'MQTT' 05 02 00 3C 00 00 01 'c'", Reason::kMalformedPacket}});
  Server server;  // 3.1.1 has no such statement, and some clients reserve a fixed number of bytes
  EXPECT_THAT(server.hears("10 8D 00 00 04 'MQTT' 04 02 00 3C 00 01 'c' C0 80 00"),
              ElementsAre(StartsWith("CONNECT"), "HANDLED"));
}

TEST(MqttMalformed, ReservedFlagsOfTheFixedHeader) {
  for (const Version version : {Version::k311, Version::k5}) {
    expect_failures(version, true,
                    {{"11 00", Reason::kMalformedPacket},
                     {"80 05 00 01 00 00 00", Reason::kMalformedPacket},
                     {"83 05 00 01 00 00 00", Reason::kMalformedPacket},
                     {"A0 05 00 01 00 00 00", Reason::kMalformedPacket},
                     {"60 02 00 01", Reason::kMalformedPacket},
                     {"41 02 00 01", Reason::kMalformedPacket},
                     {"C1 00", Reason::kMalformedPacket},
                     {"C8 00", Reason::kMalformedPacket},
                     {"E1 00", Reason::kMalformedPacket},
                     {"F1 00", Reason::kMalformedPacket},
                     {"01 00", Reason::kMalformedPacket}});
  }
  Server server;
  EXPECT_THAT(server.hears("11 0D 00 04 'MQTT' 04"), ElementsAre(StartsWith("FAILURE malformed packet")));
}

TEST(MqttMalformed, PacketsThatClientsDoNotSend) {
  for (const Version version : {Version::k311, Version::k5}) {
    expect_failures(version, true,
                    {{"00 00", Reason::kMalformedPacket},
                     {"20 02 00 00", Reason::kProtocolError},
                     {"90 03 00 01 00", Reason::kProtocolError},
                     {"B0 02 00 01", Reason::kProtocolError},
                     {"D0 00", Reason::kProtocolError}});
  }
}

TEST(MqttMalformed, PubackOfWhatWasNeverSent) {
  for (const Version version : {Version::k311, Version::k5})
    expect_failures(version, true, {{"40 02 00 01", Reason::kProtocolError}});
}

TEST(MqttMalformed, AcksOfQos2) {
  for (const std::string_view packet : {"50 00", "50 01 00", "62 01 00", "70 01 00"}) {
    expect_failures(Version::k311, true, {{packet, Reason::kMalformedPacket}});
    expect_failures(Version::k5, true, {{packet, Reason::kMalformedPacket}});
  }
  expect_failures(Version::k311, true,
                  {{"50 03 00 01 00", Reason::kMalformedPacket}, {"62 03 00 01 00", Reason::kMalformedPacket}});
  expect_failures(Version::k5, true,
                  {{"50 04 00 01 00 01", Reason::kMalformedPacket},       // properties cut short
                   {"62 ( 00 01 00 02 01 01", Reason::kMalformedPacket},  // a property of PUBLISH
                   {"70 05 00 01 00 00 00", Reason::kMalformedPacket},    // too long
                   {"60 02 00 01", Reason::kMalformedPacket},             // PUBREL without its flags
                   {"52 02 00 01", Reason::kMalformedPacket},             // PUBREC with those of PUBREL
                   {"72 02 00 01", Reason::kMalformedPacket}});
}

TEST(MqttMalformed, AuthIsForWhoNegotiatedIt) {
  expect_failures(Version::k5, true, {{"F0 02 19 00", Reason::kProtocolError}});
  expect_failures(Version::k311, true, {{"F0 00", Reason::kMalformedPacket}});
}

TEST(MqttMalformed, SecondConnect) {
  expect_failures(Version::k311, true, {{"10 ( 00 04 'MQTT' 04 02 00 3C 00 01 'c'", Reason::kProtocolError}});
  expect_failures(Version::k5, true, {{"10 ( 00 04 'MQTT' 05 02 00 3C 00 00 01 'c'", Reason::kProtocolError}});
}

TEST(MqttMalformed, ConnectOf311ClosesWithoutConnack) {
  expect_failures(Version::k311, false,
                  {{"10 00", Reason::kMalformedPacket},
                   {"10 ( 00 04 'MQTT'", Reason::kMalformedPacket},
                   {"10 ( 00 04 'MQTT' 04 03 00 3C 00 01 'c'", Reason::kMalformedPacket},  // reserved flag
                   {"10 ( 00 04 'MQTT' 04 0A 00 3C 00 01 'c'", Reason::kMalformedPacket},  // QoS, no will
                   {"10 ( 00 04 'MQTT' 04 22 00 3C 00 01 'c'", Reason::kMalformedPacket},  // retain, no will
                   {"10 ( 00 04 'MQTT' 04 1E 00 3C 00 01 'c' 00 01 't' 00 00", Reason::kMalformedPacket},  // will QoS 3
                   {"10 ( 00 04 'MQTT' 04 42 00 3C 00 01 'c' 00 01 'p'", Reason::kMalformedPacket},  // no user name
                   {"10 ( 00 04 'MQTT' 04 02 00 3C", Reason::kMalformedPacket},                      // no client id
                   {"10 ( 00 04 'MQTT' 04 02 00 3C 00 02 'c'", Reason::kMalformedPacket},            // cut short
                   {"10 ( 00 04 'MQTT' 04 02 00 3C 00 01 'c' 00", Reason::kMalformedPacket},         // too long
                   {"10 ( 00 04 'MQTT' 04 06 00 3C 00 01 'c'", Reason::kMalformedPacket},            // no will
                   {"10 ( 00 04 'MQTT' 04 06 00 3C 00 01 'c' 00 01 't'", Reason::kMalformedPacket},  // no will payload
                   {"10 ( 00 04 'MQTT' 04 82 00 3C 00 01 'c'", Reason::kMalformedPacket},            // no user name
                   {"10 ( 00 04 'MQTT' 04 C2 00 3C 00 01 'c' 00 01 'u'", Reason::kMalformedPacket},  // no password
                   {"10 ( 00 04 'MQTT' 04 02 00 3C 00 02 C3 28", Reason::kMalformedPacket},          // UTF-8
                   {"10 ( 00 04 'MQTT' 04 02 00 3C 00 03 'a' 00 'b'", Reason::kMalformedPacket},     // U+0000
                   {"10 ( 00 04 'MQTT' 04 82 00 3C 00 01 'c' 00 03 ED A0 80", Reason::kMalformedPacket},  // surrogate
                   {"10 ( 00 04 'MQTT' 04 06 00 3C 00 01 'c' 00 01 FF 00 00", Reason::kMalformedPacket},
                   {"10 ( 00 04 'MQTT' 04 06 00 3C 00 01 'c' 00 03 'a/+' 00 00", Reason::kTopicNameInvalid},
                   {"10 ( 00 04 'MQTT' 04 06 00 3C 00 01 'c' 00 00 00 00", Reason::kTopicNameInvalid}});
}

TEST(MqttMalformed, ConnectOf5IsAnsweredWithItsReason) {
  expect_failures(
      Version::k5, false,
      {{"10 ( 00 04 'MQTT' 05", Reason::kMalformedPacket},
       {"10 ( 00 04 'MQTT' 05 03 00 3C 00 00 01 'c'", Reason::kMalformedPacket},
       {"10 ( 00 04 'MQTT' 05 0A 00 3C 00 00 01 'c'", Reason::kMalformedPacket},
       {"10 ( 00 04 'MQTT' 05 02 00 3C", Reason::kMalformedPacket},                               // no property length
       {"10 ( 00 04 'MQTT' 05 02 00 3C 00", Reason::kMalformedPacket},                            // no client id
       {"10 ( 00 04 'MQTT' 05 02 00 3C 7F 00 01 'c'", Reason::kMalformedPacket},                  // properties cut
       {"10 ( 00 04 'MQTT' 05 02 00 3C 80 00 00 01 'c'", Reason::kMalformedPacket},               // length not shortest
       {"10 ( 00 04 'MQTT' 05 02 00 3C 02 01 01 00 01 'c'", Reason::kMalformedPacket},            // of PUBLISH
       {"10 ( 00 04 'MQTT' 05 02 00 3C 06 21 00 01 21 00 01 00 01 'c'", Reason::kProtocolError},  // twice
       {"10 ( 00 04 'MQTT' 05 02 00 3C 03 21 00 00 00 01 'c'", Reason::kProtocolError},           // Receive Maximum 0
       {"10 ( 00 04 'MQTT' 05 02 00 3C 05 27 00 00 00 00 00 01 'c'", Reason::kProtocolError},  // Maximum Packet Size 0
       {"10 ( 00 04 'MQTT' 05 02 00 3C 04 16 00 01 'd' 00 01 'c'", Reason::kProtocolError},    // data, no method
       {"10 ( 00 04 'MQTT' 05 06 00 3C 00 00 01 'c' 03 23 00 01 00 01 't' 00 00", Reason::kMalformedPacket},
       {"10 ( 00 04 'MQTT' 05 06 00 3C 00 00 01 'c' 00 00 01 '#' 00 00", Reason::kTopicNameInvalid},
       {"10 ( 00 04 'MQTT' 05 06 00 3C 00 00 01 'c' 06 08 00 03 'a/+' 00 01 't' 00 00", Reason::kTopicNameInvalid},
       {"10 ( 00 04 'MQTT' 05 02 00 3C 00 00 01 'c' 00", Reason::kMalformedPacket}});
}

TEST(MqttMalformed, PublishInBothVersions) {
  for (const Version version : {Version::k311, Version::k5}) {
    expect_failures(version, true,
                    {{"30 00", Reason::kMalformedPacket},                      // no topic
                     {"30 01 00", Reason::kMalformedPacket},                   //
                     {"30 ( 00 05 'a/b'", Reason::kMalformedPacket},           // topic cut short
                     {"32 ( 00 03 'a/b' 00", Reason::kMalformedPacket},        // identifier cut short
                     {"32 ( 00 03 'a/b' 00 00 00", Reason::kProtocolError},    // identifier 0
                     {"36 ( 00 03 'a/b' 00 01 00", Reason::kMalformedPacket},  // QoS 3
                     {"34 ( 00 03 'a/b' 00 00 00", Reason::kProtocolError},    // the same of QoS 2
                     {"38 ( 00 03 'a/b' 00", Reason::kMalformedPacket},        // DUP at QoS 0
                     {"30 ( 00 00 00", Reason::kProtocolError},                // empty topic
                     {"30 ( 00 03 'a/+' 00", Reason::kTopicNameInvalid},       //
                     {"30 ( 00 03 'a/#' 00", Reason::kTopicNameInvalid},       //
                     {"30 ( 00 02 C3 28 00", Reason::kMalformedPacket},        // UTF-8
                     {"30 ( 00 03 'a' 00 'b' 00", Reason::kMalformedPacket},   // U+0000
                     {"30 ( 00 03 ED A0 80 00", Reason::kMalformedPacket}});   // surrogate
  }
}

TEST(MqttMalformed, PublishProperties) {
  expect_failures(Version::k5, true,
                  {{"30 ( 00 01 't'", Reason::kMalformedPacket},                      // no property length
                   {"30 ( 00 01 't' 02 01", Reason::kMalformedPacket},                // cut short
                   {"30 ( 00 01 't' 02 01 02", Reason::kProtocolError},               // format indicator 2
                   {"30 ( 00 01 't' 04 01 01 01 01", Reason::kProtocolError},         // twice
                   {"30 ( 00 01 't' 03 23 00 01", Reason::kTopicAliasInvalid},        //
                   {"30 ( 00 01 't' 03 23 00 00", Reason::kTopicAliasInvalid},        //
                   {"30 ( 00 00 03 23 00 01", Reason::kTopicAliasInvalid},            // alias alone
                   {"30 ( 00 01 't' 02 0B 01", Reason::kProtocolError},               // subscription id
                   {"30 ( 00 01 't' 05 11 00 00 00 00", Reason::kMalformedPacket},    // of CONNECT
                   {"30 ( 00 01 't' 05 18 00 00 00 00", Reason::kMalformedPacket},    // of a will
                   {"30 ( 00 01 't' 06 08 00 03 'a/#'", Reason::kTopicNameInvalid},   // response topic
                   {"30 ( 00 01 't' 03 08 00 00", Reason::kTopicNameInvalid},         //
                   {"30 ( 00 01 't' 05 03 00 02 C3 28", Reason::kMalformedPacket}});  // content type
}

TEST(MqttMalformed, SubscribeAndUnsubscribe) {
  expect_failures(Version::k311, true,
                  {{"82 02 00 01", Reason::kProtocolError},                     // no filter
                   {"82 ( 00 00 00 01 'a' 00", Reason::kProtocolError},         // identifier 0
                   {"82 ( 00 01 00 01 'a'", Reason::kMalformedPacket},          // no QoS
                   {"82 ( 00 01 00 01 'a' 03", Reason::kProtocolError},         // QoS 3
                   {"82 ( 00 01 00 01 'a' 04", Reason::kMalformedPacket},       // reserved bits
                   {"82 ( 00 01 00 00 00", Reason::kTopicFilterInvalid},        // empty
                   {"82 ( 00 01 00 03 'a#b' 00", Reason::kTopicFilterInvalid},  //
                   {"82 ( 00 01 00 02 C3 28 00", Reason::kMalformedPacket},     // UTF-8
                   {"A2 02 00 01", Reason::kProtocolError},                     //
                   {"A2 ( 00 00 00 01 'a'", Reason::kProtocolError},            //
                   {"A2 ( 00 01 00 02 'a'", Reason::kMalformedPacket},          //
                   {"A2 ( 00 01 00 02 'a+'", Reason::kTopicFilterInvalid}});
  expect_failures(Version::k5, true,
                  {{"82 03 00 01 00", Reason::kProtocolError},
                   {"82 ( 00 01 00 00 01 'a' 03", Reason::kProtocolError},              // QoS 3
                   {"82 ( 00 01 00 00 01 'a' 30", Reason::kProtocolError},              // retain handling 3
                   {"82 ( 00 01 00 00 01 'a' 40", Reason::kMalformedPacket},            // reserved bits
                   {"82 ( 00 01 00 00 08 '$share/g' 05", Reason::kProtocolError},       // No Local
                   {"82 ( 00 01 02 0B 00 00 01 'a' 00", Reason::kProtocolError},        // subscription id 0
                   {"82 ( 00 01 04 0B 01 0B 01 00 01 'a' 00", Reason::kProtocolError},  // twice
                   {"A2 ( 00 01 02 0B 01 00 01 'a'", Reason::kMalformedPacket},         // of SUBSCRIBE
                   {"A2 03 00 01 00", Reason::kProtocolError}});
}

TEST(MqttMalformed, PingAndDisconnect) {
  expect_failures(Version::k311, true,
                  {{"C0 01 00", Reason::kMalformedPacket}, {"E0 01 00", Reason::kMalformedPacket}});
  expect_failures(Version::k5, true,
                  {{"C0 01 00", Reason::kMalformedPacket},
                   {"E0 01 8B", Reason::kProtocolError},                   // a reason of servers
                   {"E0 01 01", Reason::kProtocolError},                   // no reason at all
                   {"E0 02 00 05", Reason::kMalformedPacket},              // properties cut short
                   {"E0 03 00 00 00", Reason::kMalformedPacket},           // too long
                   {"E0 ( 00 02 01 01", Reason::kMalformedPacket},         // property of PUBLISH
                   {"E0 ( 00 04 1C 00 01 's'", Reason::kProtocolError}});  // Server Reference
}

}  // namespace
}  // namespace tidegate::mqtt
