#include "proto/mqtt/properties.hpp"

#include <gtest/gtest.h>

#include <map>

#include "proto/mqtt/publish.hpp"
#include "tests/unit/mqtt/support.hpp"

namespace tidegate::mqtt {
namespace {

using testing::bytes;
using testing::hex;

/// The reason why these properties fail in `place`, or kSuccess.
Reason judged(PropertyPlace place, std::string_view properties) {
  Buffer packet;
  const Buffer raw = bytes(properties);
  Writer(packet).varint(raw.size());
  Writer(packet).raw(raw);
  Reader reader(packet);
  checked_properties(reader, place);
  return reader.ok() ? Reason::kSuccess : reader.failure().reason;
}

constexpr PropertyPlace kConnect = PropertyPlace::kConnect;
constexpr PropertyPlace kConnack = PropertyPlace::kConnack;
constexpr PropertyPlace kPublish = PropertyPlace::kPublish;
constexpr PropertyPlace kPuback = PropertyPlace::kPuback;
constexpr PropertyPlace kPubrec = PropertyPlace::kPubrec;
constexpr PropertyPlace kPubrel = PropertyPlace::kPubrel;
constexpr PropertyPlace kPubcomp = PropertyPlace::kPubcomp;
constexpr PropertyPlace kSubscribe = PropertyPlace::kSubscribe;
constexpr PropertyPlace kUnsubscribe = PropertyPlace::kUnsubscribe;
constexpr PropertyPlace kDisconnect = PropertyPlace::kDisconnect;
constexpr PropertyPlace kWill = PropertyPlace::kWill;

/// Table 2-4 of MQTT 5.0: each property with a good value, and where it may stand.
const std::map<std::string_view, std::vector<PropertyPlace>> kTable = {
    {"01 01", {kPublish, kWill}},
    {"02 00 00 00 00", {kPublish, kWill}},
    {"03 00 01 't'", {kPublish, kWill}},
    {"08 00 01 'r'", {kPublish, kWill}},
    {"09 00 01 FF", {kPublish, kWill}},
    {"0B FF 7F", {kPublish, kSubscribe}},
    {"11 00 00 00 00", {kConnect, kConnack, kDisconnect}},
    {"12 00 01 'c'", {kConnack}},
    {"13 00 00", {kConnack}},
    {"15 00 01 'm'", {kConnect, kConnack}},
    {"16 00 01 FF", {kConnect, kConnack}},
    {"17 00", {kConnect}},
    {"18 00 00 00 05", {kWill}},
    {"19 01", {kConnect}},
    {"1A 00 01 'i'", {kConnack}},
    {"1C 00 01 's'", {kConnack, kDisconnect}},
    {"1F 00 01 'e'", {kConnack, kPuback, kPubrec, kPubrel, kPubcomp, kDisconnect}},
    {"21 00 01", {kConnect, kConnack}},
    {"22 00 00", {kConnect, kConnack}},
    {"23 00 01", {kPublish}},
    {"24 01", {kConnack}},
    {"25 00", {kConnack}},
    {"26 00 01 'k' 00 01 'v'",
     {kConnect, kConnack, kPublish, kPuback, kPubrec, kPubrel, kPubcomp, kSubscribe, kUnsubscribe, kDisconnect, kWill}},
    {"27 00 00 00 01", {kConnect, kConnack}},
    {"28 00", {kConnack}},
    {"29 01", {kConnack}},
    {"2A 01", {kConnack}},
};

TEST(MqttProperties, StandOnlyWhereTheTableSays) {
  for (const auto& [property, places] : kTable) {
    for (const PropertyPlace place : {kConnect, kConnack, kPublish, kPuback, kPubrec, kPubrel, kPubcomp, kSubscribe,
                                      kUnsubscribe, kDisconnect, kWill}) {
      const bool allowed = std::find(places.begin(), places.end(), place) != places.end();
      EXPECT_EQ(judged(place, property), allowed ? Reason::kSuccess : Reason::kMalformedPacket)
          << property << " in " << static_cast<std::uint32_t>(place);
    }
  }
}

TEST(MqttProperties, UnknownIdentifiersAreMalformed) {
  for (const std::string_view unknown : {"00", "04 00", "0A 00", "2B 00", "7F 00", "80 01 00"}) {
    EXPECT_EQ(judged(kPublish, unknown), Reason::kMalformedPacket) << unknown;
  }
}

TEST(MqttProperties, TwiceIsAProtocolErrorExceptForUserProperties) {
  for (const auto& [property, places] : kTable) {
    const std::string twice = std::string(property) + " " + std::string(property);
    const bool user_property = property.starts_with("26");
    EXPECT_EQ(judged(places[0], twice), user_property ? Reason::kSuccess : Reason::kProtocolError) << property;
  }
}

TEST(MqttProperties, CutShortIsMalformed) {
  for (const auto& [property, places] : kTable) {
    const Buffer whole = bytes(property);
    for (std::size_t cut = 1; cut < whole.size(); ++cut) {
      EXPECT_EQ(judged(places[0], hex(Bytes(whole).first(cut))), Reason::kMalformedPacket) << property << " at " << cut;
    }
  }
}

TEST(MqttProperties, ValuesOutOfRangeAreProtocolErrors) {
  EXPECT_EQ(judged(kPublish, "01 02"), Reason::kProtocolError);           // Payload Format Indicator
  EXPECT_EQ(judged(kSubscribe, "0B 00"), Reason::kProtocolError);         // Subscription Identifier
  EXPECT_EQ(judged(kConnect, "17 02"), Reason::kProtocolError);           // Request Problem Information
  EXPECT_EQ(judged(kConnect, "19 02"), Reason::kProtocolError);           // Request Response Information
  EXPECT_EQ(judged(kConnect, "21 00 00"), Reason::kProtocolError);        // Receive Maximum
  EXPECT_EQ(judged(kConnect, "27 00 00 00 00"), Reason::kProtocolError);  // Maximum Packet Size
}

TEST(MqttProperties, StringsAreWellFormedUtf8) {
  EXPECT_EQ(judged(kPublish, "03 00 02 C3 28"), Reason::kMalformedPacket);
  EXPECT_EQ(judged(kPublish, "26 00 01 FF 00 01 'v'"), Reason::kMalformedPacket);
  EXPECT_EQ(judged(kPublish, "26 00 01 'k' 00 01 00"), Reason::kMalformedPacket);
  EXPECT_EQ(judged(kPublish, "09 00 02 C3 28"), Reason::kSuccess) << "binary data is anything";
}

TEST(MqttProperties, LengthBeyondThePacketIsMalformed) {
  const Buffer packet = bytes("05 01 01");
  Reader reader(packet);
  checked_properties(reader, kPublish);
  EXPECT_EQ(reader.failure().reason, Reason::kMalformedPacket);
}

TEST(MqttProperties, WillBecomesPublishWithoutItsDelayInOrder) {
  const Buffer properties = bytes("26 00 01 'b' 00 01 '1' 18 00 00 00 05 01 01 26 00 01 'a' 00 01 '2'");
  Will will;
  will.properties = properties;
  EXPECT_EQ(hex(publish_properties(will)), hex(bytes("26 00 01 'b' 00 01 '1' 01 01 26 00 01 'a' 00 01 '2'")));
}

}  // namespace
}  // namespace tidegate::mqtt
