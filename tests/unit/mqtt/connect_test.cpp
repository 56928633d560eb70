#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/mqtt/support.hpp"

namespace tidegate::mqtt {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::Server;
using ::testing::StartsWith;
using namespace std::chrono_literals;

TEST(MqttConnect, VariableHeaderOfSpecification311) {
  Server server;  // Figure 3.6 of MQTT 3.1.1, with the payload that its flags ask for
  EXPECT_THAT(server.hears("10 ( 00 04 'MQTT' 04 CE 00 0A 00 01 'c' 00 03 'w/t' 00 02 'hi' 00 01 'u' 00 02 'pw'"),
              ElementsAre("CONNECT v4 id 'c' clean keep-alive 10 will w/t qos 1 payload 'hi' user 'u' password 'pw'"));
  EXPECT_EQ(server.says(), "20 02 00 00");
  EXPECT_TRUE(server.session().connected());
}

TEST(MqttConnect, VariableHeaderOfSpecification5) {
  Server server;  // Figure 3-6 of MQTT 5.0
  EXPECT_THAT(server.hears("10 ( 00 04 'MQTT' 05 CE 00 0A ( 11 00 00 00 0A ) "
                           "00 01 'c' 05 18 00 00 00 05 00 03 'w/t' 00 02 'hi' 00 01 'u' 00 02 'pw'"),
              ElementsAre("CONNECT v5 id 'c' clean keep-alive 10 will w/t qos 1 payload 'hi' properties 18 00 00 00 05 "
                          "user 'u' password 'pw' expiry 10"));
  EXPECT_EQ(server.session().version(), Version::k5);
}

TEST(MqttConnect, ConnackAnnouncesWhatIsOffered) {
  Server server({.maximum_packet_size = 0x00040000, .receive_maximum = 20});
  server.hears("10 ( 00 04 'MQTT' 05 02 00 3C 00 00 01 'c'");
  EXPECT_EQ(server.says(),
            "20 0D 00 00 0A "
            "2A 00 "            // no shared subscriptions
            "21 00 14 "         // Receive Maximum
            "27 00 04 00 00");  // Maximum Packet Size; by absence, Topic Alias Maximum is 0 and Maximum QoS 2
}

TEST(MqttConnect, ClientWithoutIdentifierIsToldItsOwn) {
  Server server({.maximum_packet_size = 1024});
  server.will_assign("auto-1");
  EXPECT_THAT(server.hears("10 ( 00 04 'MQTT' 05 00 00 3C 00 00 00"),
              ElementsAre("CONNECT v5 id '' kept keep-alive 60"));
  EXPECT_THAT(server.says(), ::testing::EndsWith("12 00 06 61 75 74 6F 2D 31"));
}

TEST(MqttConnect, LargerThanIsTakenFromAStrangerIsRefusedAtItsFirstBytes) {
  Server server({.maximum_connect_size = 1000});
  EXPECT_THAT(server.hears("10 E7 07 00 04 'MQTT'"), ::testing::IsEmpty());
  EXPECT_THAT(server.hears("05"), ElementsAre(StartsWith("FAILURE packet too large")));
  EXPECT_THAT(server.says(), ::testing::HasSubstr(" 00 95 "));
  Server old({.maximum_connect_size = 1000});
  EXPECT_THAT(old.hears("10 E7 07 00 04 'MQTT' 04"), ElementsAre(StartsWith("FAILURE packet too large")));
  EXPECT_EQ(old.says(), "") << "3.1.1 has no word for it";
  Server fits({.maximum_connect_size = 1002});
  EXPECT_THAT(fits.hears("10 E7 07 00 04 'MQTT' 05"), ::testing::IsEmpty());
}

TEST(MqttConnect, ClientOf311WithoutIdentifierNeedsCleanSession) {
  Server clean;
  EXPECT_THAT(clean.hears("10 ( 00 04 'MQTT' 04 02 00 3C 00 00"), ElementsAre("CONNECT v4 id '' clean keep-alive 60"));
  EXPECT_EQ(clean.says(), "20 02 00 00");
  Server kept;
  EXPECT_THAT(kept.hears("10 ( 00 04 'MQTT' 04 00 00 3C 00 00"),
              ElementsAre(StartsWith("FAILURE client identifier not valid")));
  EXPECT_EQ(kept.says(), "20 02 00 02");
}

TEST(MqttConnect, ASessionThatIsPresentIsSaidToBeSo) {
  for (const bool present : {false, true}) {
    Server v5;
    v5.will_accept({.session_present = present});
    v5.hears("10 ( 00 04 'MQTT' 05 00 00 3C 05 11 00 00 00 0A 00 01 'c'");
    EXPECT_EQ(v5.says(), std::string("20 0D 0") + (present ? "1" : "0") + " 00 0A 2A 00 21 04 00 27 10 00 00 04");
    Server v311;
    v311.will_accept({.session_present = present});
    v311.hears("10 ( 00 04 'MQTT' 04 00 00 3C 00 01 'c'");
    EXPECT_EQ(v311.says(), std::string("20 02 0") + (present ? "1" : "0") + " 00");
  }
}

TEST(MqttConnect, AnotherExpiryThanAskedForIsTold) {
  Server v5;
  v5.will_accept({.session_expiry_s = 258});
  v5.hears("10 ( 00 04 'MQTT' 05 00 00 3C 05 11 FF FF FF FF 00 01 'c'");
  EXPECT_THAT(v5.says(), ::testing::EndsWith("11 00 00 01 02"));
  Server v311;
  v311.will_accept({.session_expiry_s = 258});
  v311.hears("10 ( 00 04 'MQTT' 04 00 00 3C 00 01 'c'");
  EXPECT_EQ(v311.says(), "20 02 00 00");
}

TEST(MqttConnect, LongKeepAliveIsReplacedFor5Only) {
  Server v5({.keep_alive_max = 300s});
  v5.hears("10 ( 00 04 'MQTT' 05 02 01 2D 00 00 01 'c'");
  EXPECT_THAT(v5.says(), ::testing::EndsWith("13 01 2C"));
  EXPECT_EQ(v5.session().silence_limit(), 450s);
  Server endless({.keep_alive_max = 300s});
  endless.hears("10 ( 00 04 'MQTT' 05 02 00 00 00 00 01 'c'");
  EXPECT_THAT(endless.says(), ::testing::EndsWith("13 01 2C"));
  Server v311({.keep_alive_max = 300s});
  v311.hears("10 ( 00 04 'MQTT' 04 02 01 2D 00 01 'c'");
  EXPECT_EQ(v311.says(), "20 02 00 00");
  EXPECT_EQ(v311.session().silence_limit(), 451'500ms);
}

TEST(MqttConnect, ShortKeepAliveIsKeptAndSilenceIsOneAndAHalfTimesIt) {
  Server server({.keep_alive_max = 300s});
  server.hears("10 ( 00 04 'MQTT' 05 02 00 0A 00 00 01 'c'");
  EXPECT_THAT(server.says(), ::testing::EndsWith("27 10 00 00 04")) << "no Server Keep Alive";
  EXPECT_EQ(server.session().silence_limit(), 15s);
  Server longest({.keep_alive_max = 300s});
  longest.hears("10 ( 00 04 'MQTT' 05 02 01 2C 00 00 01 'c'");
  EXPECT_THAT(longest.says(), ::testing::EndsWith("27 10 00 00 04"));
}

TEST(MqttConnect, KeepAliveOfZeroMeansNoLimit) {
  Server server;
  server.hears("10 ( 00 04 'MQTT' 04 02 00 00 00 01 'c'");
  EXPECT_EQ(server.session().silence_limit(), 0s);
}

TEST(MqttConnect, LongestKeepAliveDoesNotOverflow) {
  Server server;
  server.hears("10 ( 00 04 'MQTT' 04 02 FF FF 00 01 'c'");
  EXPECT_EQ(server.session().silence_limit(), 98'302'500ms);
}

TEST(MqttConnect, UserNameAndPasswordStandAlone) {
  Server name_only;
  EXPECT_THAT(name_only.hears("10 ( 00 04 'MQTT' 04 82 00 3C 00 01 'c' 00 01 'u'"),
              ElementsAre("CONNECT v4 id 'c' clean keep-alive 60 user 'u'"));
  Server password_only;  // new in 5.0 (section 3.1.2.9)
  EXPECT_THAT(password_only.hears("10 ( 00 04 'MQTT' 05 42 00 3C 00 00 01 'c' 00 02 00 FF"),
              ElementsAre(StartsWith("CONNECT v5 id 'c' clean keep-alive 60 password '")));
}

TEST(MqttConnect, WillIsHandedOver) {
  Server server;
  EXPECT_THAT(server.hears("10 ( 00 04 'MQTT' 05 26 00 3C 00 00 01 'c' 00 00 01 't' 00 00"),
              ElementsAre("CONNECT v5 id 'c' clean keep-alive 60 will t qos 0 retain payload ''"));
}

TEST(MqttConnect, WillMayHaveQos2) {
  Server v5;
  EXPECT_THAT(v5.hears("10 ( 00 04 'MQTT' 05 16 00 3C 00 00 01 'c' 00 00 01 't' 00 01 'x'"),
              ElementsAre("CONNECT v5 id 'c' clean keep-alive 60 will t qos 2 payload 'x'"));
  Server v311;
  EXPECT_THAT(v311.hears("10 ( 00 04 'MQTT' 04 16 00 3C 00 01 'c' 00 01 't' 00 01 'x'"),
              ElementsAre("CONNECT v4 id 'c' clean keep-alive 60 will t qos 2 payload 'x'"));
}

TEST(MqttConnect, OtherProtocolLevelsAreRefusedInTheFormTheClientKnows) {
  struct Row {
    std::string_view connect;
    std::string_view answer;
  };
  const Row table[] = {
      {"10 ( 00 04 'MQTT' 03 02 00 3C 00 01 'c'", "20 02 00 01"},
      {"10 ( 00 04 'MQTT' 00 02 00 3C 00 01 'c'", "20 02 00 01"},
      {"10 ( 00 06 'MQIsdp' 03 02 00 3C 00 01 'c'", "20 02 00 01"},  // MQTT 3.1
      {"10 ( 00 04 'MQTT' 84 02 00 3C 00 01 'c'", "20 02 00 01"},    // mosquitto's bridge bit
      {"10 ( 00 04 'MQTT' 06 02 00 3C 00 00 01 'c'", "00 84"},       //
      {"10 ( 00 04 'MQTT' 85 02 00 3C 00 00 01 'c'", "00 84"},       // mosquitto's bridge bit
      {"10 ( 00 04 'HTTP' 04 02 00 3C 00 01 'c'", ""},               // not MQTT at all
      {"10 ( 00 04 'mqtt' 05 02 00 3C 00 00 01 'c'", ""},
  };
  for (const Row& row : table) {
    Server server;
    EXPECT_THAT(server.hears(row.connect), ElementsAre(StartsWith("FAILURE unsupported protocol version")));
    const std::string said = server.says();
    EXPECT_EQ(said.empty(), row.answer.empty()) << row.connect;
    EXPECT_THAT(said, ::testing::HasSubstr(row.answer)) << row.connect;
    EXPECT_FALSE(server.session().connected());
  }
}

TEST(MqttConnect, RefusalIsMappedTo311ReturnCodes) {
  struct Row {
    Reason reason;
    std::string_view answer;
  };
  const Row table[] = {
      {Reason::kUnsupportedVersion, "20 02 00 01"},
      {Reason::kClientIdNotValid, "20 02 00 02"},
      {Reason::kServerUnavailable, "20 02 00 03"},
      {Reason::kServerBusy, "20 02 00 03"},
      {Reason::kServerShuttingDown, "20 02 00 03"},
      {Reason::kQuotaExceeded, "20 02 00 03"},
      {Reason::kUnspecified, "20 02 00 03"},
      {Reason::kImplementationSpecific, "20 02 00 03"},
      {Reason::kBadUserNameOrPassword, "20 02 00 04"},
      {Reason::kNotAuthorized, "20 02 00 05"},
      {Reason::kBadAuthenticationMethod, "20 02 00 05"},
      {Reason::kPacketTooLarge, ""},  // no code says it: closed without a CONNACK (3.1.1: [MQTT-3.2.2-6])
  };
  for (const Row& row : table) {
    Server server;
    server.will_refuse(row.reason);
    server.hears("10 ( 00 04 'MQTT' 04 00 00 3C 00 01 'c'");
    EXPECT_EQ(server.says(), row.answer) << to_string(row.reason);
    EXPECT_FALSE(server.session().connected());
  }
}

TEST(MqttConnect, RefusalOf5CarriesItsReason) {
  Server server;
  server.will_refuse(Reason::kBadUserNameOrPassword);
  server.hears("10 ( 00 04 'MQTT' 05 02 00 3C 00 00 01 'c'");
  EXPECT_EQ(server.says(), "20 03 00 86 00");
}

TEST(MqttConnect, NothingIsProcessedAfterARefusal) {
  Server server;
  server.will_refuse(Reason::kNotAuthorized);
  EXPECT_THAT(server.hears("10 ( 00 04 'MQTT' 04 02 00 3C 00 01 'c'"), ::testing::SizeIs(1));
  EXPECT_THAT(server.hears("30 ( 00 01 't' 'x'"), IsEmpty());
  EXPECT_THAT(server.hears("C0 00"), IsEmpty());
  EXPECT_EQ(server.says(), "20 02 00 05");
}

TEST(MqttConnect, PacketsSentAheadOfConnackWaitForTheAnswer) {
  const ServerLimits limits;
  ServerSession session(limits);
  const Buffer in = testing::bytes("10 0D 00 04 'MQTT' 04 02 00 3C 00 01 'c' C0 00");
  Bytes rest(in);
  Buffer output;
  ASSERT_TRUE(std::holds_alternative<Connect>(session.next(rest, output)));
  EXPECT_TRUE(std::holds_alternative<NeedMore>(session.next(rest, output)));
  EXPECT_EQ(rest.size(), 2U);
  EXPECT_TRUE(output.empty()) << "nothing is said before CONNACK";
  session.accept({}, output);
  EXPECT_TRUE(std::holds_alternative<Handled>(session.next(rest, output)));
  EXPECT_EQ(testing::hex(output), "20 02 00 00 D0 00");
}

TEST(MqttConnect, EnhancedAuthenticationIsNotOffered) {
  Server server;
  EXPECT_THAT(server.hears("10 ( 00 04 'MQTT' 05 02 00 3C 08 15 00 05 'SCRAM' 00 01 'c'"),
              ElementsAre(StartsWith("FAILURE bad authentication method")));
  EXPECT_THAT(server.says(), ::testing::HasSubstr("00 8C"));
}

TEST(MqttConnect, ClientThatTakesNoConnackIsRefusedBeforehand) {
  Server enough;
  EXPECT_THAT(enough.hears("10 ( 00 04 'MQTT' 05 02 00 3C 05 27 00 00 00 17 00 01 'c'"),
              ElementsAre("CONNECT v5 id 'c' clean keep-alive 60 takes 23"));
  Server little;
  EXPECT_THAT(little.hears("10 ( 00 04 'MQTT' 05 02 00 3C 05 27 00 00 00 16 00 01 'c'"),
              ElementsAre(StartsWith("FAILURE packet too large")));
  EXPECT_EQ(little.says(), "20 03 00 95 00");
  Server least;
  least.hears("10 ( 00 04 'MQTT' 05 02 00 3C 05 27 00 00 00 04 00 01 'c'");
  EXPECT_EQ(least.says(), "") << "five bytes are more than it takes";
}

TEST(MqttConnect, LongestConnackIsAsLongAsPromised) {
  Server server({.keep_alive_max = 10s});
  server.will_assign(std::string(kMaxAssignedClientIdBytes, 'a'));
  server.will_accept({.session_expiry_s = 1});
  server.hears("10 ( 00 04 'MQTT' 05 02 00 3C 05 11 00 00 00 0A 00 00");
  EXPECT_EQ(server.output().size(), kMaxConnackBytes + kMaxAssignedClientIdPropertyBytes);
}

}  // namespace
}  // namespace tidegate::mqtt
