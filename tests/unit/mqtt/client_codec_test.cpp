#include "proto/mqtt/client_codec.hpp"

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

template <class T>
T decoded(std::string_view packet, Version version) {
  const Buffer in = bytes(packet);
  Bytes rest(in);
  const ClientEvent event = decode_from_server(rest, version);
  EXPECT_TRUE(std::holds_alternative<T>(event)) << packet;
  return std::holds_alternative<T>(event) ? std::get<T>(event) : T{};
}

TEST(MqttClientCodec, ConnectIsUnderstoodByTheServer) {
  for (const Version version : {Version::k311, Version::k5}) {
    Connect connect;
    connect.version = version;
    connect.client_id = "sensor-1";
    connect.user_name = "u";
    connect.password = as_bytes("secret");
    connect.will = Will{"gone/1", as_bytes("bye"), {}, QoS::kAtLeastOnce, true};
    connect.keep_alive = std::chrono::seconds(30);
    Buffer out;
    encode_connect(connect, out);
    Server server;
    EXPECT_THAT(server.hears(out),
                ElementsAre("CONNECT v" + std::to_string(static_cast<int>(version)) +
                            " id 'sensor-1' clean keep-alive 30 will gone/1 qos 1 retain payload 'bye' user 'u' "
                            "password 'secret'"));
  }
}

TEST(MqttClientCodec, ConnectBytes) {
  Connect connect;
  connect.version = Version::k5;
  connect.client_id = "c";
  connect.session_expiry_s = 10;
  connect.receive_maximum = 20;
  connect.maximum_packet_size = 256;
  Buffer out;
  encode_connect(connect, out);
  EXPECT_EQ(hex(out), hex(bytes("10 ( 00 04 'MQTT' 05 02 00 00 0D 11 00 00 00 0A 21 00 14 27 00 00 01 00 00 01 'c'")));
}

TEST(MqttClientCodec, PublishBytes) {
  Publish publish;
  publish.topic = "a/b";
  publish.payload = as_bytes("hi");
  publish.qos = QoS::kAtLeastOnce;
  publish.packet_id = 10;
  Buffer out;
  encode_publish(publish, Version::k311, out);
  encode_publish(publish, Version::k5, out);
  publish.qos = QoS::kAtMostOnce;
  publish.retain = true;
  encode_publish(publish, Version::k311, out);
  EXPECT_EQ(hex(out),
            hex(bytes("32 09 00 03 'a/b' 00 0A 'hi' 32 0A 00 03 'a/b' 00 0A 00 'hi' 31 07 00 03 'a/b' 'hi'")));
}

TEST(MqttClientCodec, LongPublishIsUnderstoodByTheServer) {
  const std::string payload(20'000, 'x');
  const Buffer properties = bytes("26 00 01 'k' 00 01 'v'");
  Publish publish;
  publish.topic = "t";
  publish.payload = as_bytes(payload);
  publish.properties = properties;
  Buffer out;
  encode_publish(publish, Version::k5, out);
  Server server;
  server.greet(Version::k5);
  EXPECT_THAT(server.hears(out),
              ElementsAre("PUBLISH t qos 0 properties 26 00 01 6B 00 01 76 payload '" + payload + "'"));
}

TEST(MqttClientCodec, SubscribeIsUnderstoodByTheServer) {
  const TopicFilter filters[] = {{"a/b", QoS::kAtLeastOnce, false, true, RetainHandling::kIfNew},
                                 {"#", QoS::kAtMostOnce, true, false, RetainHandling::kNever}};
  for (const Version version : {Version::k311, Version::k5}) {
    Buffer out;
    encode_subscribe(10, filters, version, out);
    Server server;
    server.greet(version);
    EXPECT_THAT(server.hears(out),
                ElementsAre(version == Version::k5 ? "SUBSCRIBE 10 a/b qos 1 retain-as-published retain-handling 1 "
                                                     "# qos 0 no-local retain-handling 2"
                                                   : "SUBSCRIBE 10 a/b qos 1 # qos 0"));
  }
}

TEST(MqttClientCodec, PingAndDisconnectBytes) {
  Buffer out;
  encode_pingreq(out);
  encode_disconnect(Version::k311, out);
  encode_disconnect(Version::k5, out);
  EXPECT_EQ(hex(out), "C0 00 E0 00 E0 00");
}

TEST(MqttClientCodec, ConnackOf311IsMapped) {
  EXPECT_EQ(decoded<Connack>("20 02 00 00", Version::k311).reason, Reason::kSuccess);
  EXPECT_TRUE(decoded<Connack>("20 02 01 00", Version::k311).session_present);
  EXPECT_EQ(decoded<Connack>("20 02 00 01", Version::k311).reason, Reason::kUnsupportedVersion);
  EXPECT_EQ(decoded<Connack>("20 02 00 02", Version::k311).reason, Reason::kClientIdNotValid);
  EXPECT_EQ(decoded<Connack>("20 02 00 03", Version::k311).reason, Reason::kServerUnavailable);
  EXPECT_EQ(decoded<Connack>("20 02 00 04", Version::k311).reason, Reason::kBadUserNameOrPassword);
  EXPECT_EQ(decoded<Connack>("20 02 00 05", Version::k311).reason, Reason::kNotAuthorized);
  EXPECT_EQ(decoded<Connack>("20 02 00 06", Version::k311).reason, Reason::kUnspecified);
}

TEST(MqttClientCodec, ConnackOf5TellsTheLimits) {
  const auto connack = decoded<Connack>("20 ( 00 00 07 21 00 14 12 00 01 'x'", Version::k5);
  EXPECT_EQ(connack.reason, Reason::kSuccess);
  EXPECT_EQ(connack.receive_maximum, 20);
  EXPECT_EQ(connack.server_keep_alive, std::nullopt);
  EXPECT_EQ(decoded<Connack>("20 ( 00 00 03 13 00 1E", Version::k5).server_keep_alive, std::chrono::seconds(30));
  EXPECT_EQ(decoded<Connack>("20 03 00 87 00", Version::k5).reason, Reason::kNotAuthorized);
  EXPECT_EQ(decoded<Connack>("20 02 00 01", Version::k5).reason, static_cast<Reason>(1)) << "a server of 3.1.1 alone";
}

TEST(MqttClientCodec, AssignedIdentifierIsHandedOver) {
  const Buffer in = bytes("20 ( 00 00 ( 12 00 03 'c-1'");
  Bytes rest(in);
  EXPECT_EQ(std::get<Connack>(decode_from_server(rest, Version::k5)).assigned_client_id, "c-1");
}

TEST(MqttClientCodec, PubackWithAndWithoutReason) {
  EXPECT_EQ(decoded<Ack>("40 02 12 34", Version::k311).packet_id, 0x1234);
  EXPECT_EQ(decoded<Ack>("40 02 12 34", Version::k5).reason, Reason::kSuccess);
  EXPECT_EQ(decoded<Ack>("40 03 12 34 10", Version::k5).reason, Reason::kNoMatchingSubscribers);
  EXPECT_EQ(decoded<Ack>("40 ( 12 34 97 04 1F 00 01 'e'", Version::k5).reason, Reason::kQuotaExceeded);
}

TEST(MqttClientCodec, AcksOfQos2AreToldApart) {
  EXPECT_EQ(decoded<Ack>("50 02 12 34", Version::k311).kind, AckKind::kPubrec);
  EXPECT_EQ(decoded<Ack>("62 02 12 34", Version::k311).kind, AckKind::kPubrel);
  EXPECT_EQ(decoded<Ack>("70 03 12 34 92", Version::k5).kind, AckKind::kPubcomp);
  EXPECT_EQ(decoded<Ack>("70 03 12 34 92", Version::k5).reason, Reason::kPacketIdentifierNotFound);
  Buffer out;
  encode_ack({AckKind::kPubrec, 7}, Version::k5, out);
  encode_ack({AckKind::kPubrel, 7}, Version::k311, out);
  encode_ack({AckKind::kPubcomp, 7, Reason::kPacketIdentifierNotFound}, Version::k5, out);
  encode_ack({AckKind::kPubcomp, 7, Reason::kPacketIdentifierNotFound}, Version::k311, out);
  EXPECT_EQ(hex(out), "50 02 00 07 62 02 00 07 70 03 00 07 92 70 02 00 07");
}

TEST(MqttClientCodec, PublishOfAServerIsDecoded) {
  const Buffer in = bytes("3B ( 00 03 'a/b' 00 0A 00 'hi' ) 31 ( 00 01 'c' 00");
  Bytes rest(in);
  const auto first = std::get<Publish>(decode_from_server(rest, Version::k5));
  EXPECT_EQ(first.topic, "a/b");
  EXPECT_EQ(as_text(first.payload), "hi");
  EXPECT_EQ(first.packet_id, 10);
  EXPECT_TRUE(first.dup && first.retain && first.qos == QoS::kAtLeastOnce);
  EXPECT_EQ(std::get<Publish>(decode_from_server(rest, Version::k5)).topic, "c");
  EXPECT_TRUE(rest.empty());
}

TEST(MqttClientCodec, SubackNamesAReasonForEachFilter) {
  const Buffer in = bytes("90 ( 00 0A 06 1F 00 03 'why' 00 87");
  Bytes rest(in);
  const auto suback = std::get<Suback>(decode_from_server(rest, Version::k5));
  EXPECT_EQ(suback.packet_id, 10);
  EXPECT_EQ(hex(suback.reasons), "00 87");
  EXPECT_EQ(decoded<Suback>("90 03 00 01 80", Version::k311).packet_id, 1);
}

TEST(MqttClientCodec, DisconnectOfAServerSaysWhy) {
  EXPECT_EQ(decoded<ServerDisconnect>("E0 00", Version::k5).reason, Reason::kSuccess);
  EXPECT_EQ(decoded<ServerDisconnect>("E0 01 8B", Version::k5).reason, Reason::kServerShuttingDown);
  EXPECT_EQ(decoded<ServerDisconnect>("E0 02 8E 00", Version::k5).reason, Reason::kSessionTakenOver);
}

TEST(MqttClientCodec, OtherPacketsAreNamedByType) { EXPECT_EQ(decoded<OtherPacket>("D0 00", Version::k311).type, 13); }

TEST(MqttClientCodec, PrefixesNeedMore) {
  const Buffer in = bytes("20 ( 00 00 03 21 00 14");
  for (std::size_t cut = 0; cut < in.size(); ++cut) {
    Bytes rest = Bytes(in).first(cut);
    EXPECT_TRUE(std::holds_alternative<NeedMore>(decode_from_server(rest, Version::k5)));
    EXPECT_EQ(rest.size(), cut);
  }
}

TEST(MqttClientCodec, OfWhatIsTooLargeTheStartIsDecodedAndTheRestMissing) {
  const Buffer whole = bytes("32 ( 00 03 'a/b' 00 07 00 'payload'");
  const auto large_of = [](Bytes& rest) { return std::get<TooLarge>(decode_from_server(rest, Version::k5, 16)); };
  Bytes rest(whole);
  const TooLarge here = large_of(rest);
  EXPECT_EQ(here.start.topic, "a/b");
  EXPECT_EQ(here.start.qos, QoS::kAtLeastOnce);
  EXPECT_EQ(here.start.packet_id, 7);
  EXPECT_EQ(here.packet_size, whole.size());
  EXPECT_EQ(here.missing, 0U);
  EXPECT_TRUE(rest.empty());

  Buffer longer = bytes("30 FF FF FF 7F 00 03 'a/b'");
  longer.resize(kLongestStart);
  rest = Bytes(longer).first(longer.size() - 1);
  EXPECT_TRUE(std::holds_alternative<NeedMore>(decode_from_server(rest, Version::k5, 16)));
  rest = longer;
  const TooLarge start = large_of(rest);
  EXPECT_EQ(start.packet_size, 268'435'455U + 5U);
  EXPECT_EQ(start.missing, start.packet_size - kLongestStart);
}

TEST(MqttClientCodec, MalformedAnswersFail) {
  decoded<Failure>("20 01 00", Version::k311);
  decoded<Failure>("20 03 00 00 05", Version::k5);
  decoded<Failure>("40 01 00", Version::k311);
  decoded<Failure>("40 ( 00 01 00 02 01 01", Version::k5);
  decoded<Failure>("20 FF FF FF FF", Version::k5);
  decoded<Failure>("32 ( 00 01 'a' 00 00 00", Version::k5);
  decoded<Failure>("90 ( 00 01 02 01 01", Version::k5);
  decoded<Failure>("E0 ( 8B 02 01 01", Version::k5);
}

}  // namespace
}  // namespace tidegate::mqtt
