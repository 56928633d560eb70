#include "proto/mqtt/primitives.hpp"

#include <gtest/gtest.h>

#include "proto/mqtt/packet.hpp"
#include "tests/unit/mqtt/support.hpp"

namespace tidegate::mqtt {
namespace {

using testing::bytes;
using testing::hex;

struct Integer {
  std::uint32_t value;
  std::string_view encoded;
};

// Table 1-1 of MQTT 5.0 and table 2.4 of MQTT 3.1.1.
constexpr Integer kIntegers[] = {{0, "00"},
                                 {127, "7F"},
                                 {128, "80 01"},
                                 {16'383, "FF 7F"},
                                 {16'384, "80 80 01"},
                                 {2'097'151, "FF FF 7F"},
                                 {2'097'152, "80 80 80 01"},
                                 {268'435'455, "FF FF FF 7F"}};

TEST(MqttPrimitives, VariableByteIntegersOfTheSpecification) {
  for (const Integer& row : kIntegers) {
    Buffer out;
    Writer(out).varint(row.value);
    EXPECT_EQ(hex(out), row.encoded);
    EXPECT_EQ(varint_size(row.value), out.size());
    Reader reader(out);
    EXPECT_EQ(reader.varint(), row.value);
    EXPECT_TRUE(reader.ok() && reader.at_end());
  }
}

TEST(MqttPrimitives, VariableByteIntegersAreShortest) {
  for (const std::string_view longer : {"80 00", "FF 80 00", "80 80 80 00"}) {
    const Buffer in = bytes(longer);
    Reader reader(in);
    reader.varint();
    EXPECT_FALSE(reader.ok()) << longer;
    EXPECT_EQ(reader.failure().reason, Reason::kMalformedPacket);
  }
}

TEST(MqttPrimitives, VariableByteIntegersHaveFourBytesAtMost) {
  const Buffer in = bytes("80 80 80 80 01");
  Reader reader(in);
  reader.varint();
  EXPECT_FALSE(reader.ok());
}

TEST(MqttPrimitives, StringOfTheSpecification) {
  // Figure 1-2: "A" and U+2A6D4.
  const std::string_view text = "A\xF0\xAA\x9B\x94";
  Buffer out;
  Writer(out).text(text);
  EXPECT_EQ(hex(out), "00 05 41 F0 AA 9B 94");
  Reader reader(out);
  EXPECT_EQ(reader.text(), text);
  EXPECT_TRUE(reader.ok());
}

TEST(MqttPrimitives, FirstFaultStaysAndNothingMoreIsRead) {
  const Buffer in = bytes("00 09 'short'");
  Reader reader(in);
  EXPECT_TRUE(reader.text().empty());
  reader.fail(Reason::kProtocolError, "a later fault");
  EXPECT_EQ(reader.u32(), 0U);
  EXPECT_FALSE(reader.ok());
  EXPECT_TRUE(reader.at_end());
  EXPECT_EQ(reader.failure().reason, Reason::kMalformedPacket);
}

TEST(MqttFixedHeader, RemainingLengthsOfTheSpecification) {
  for (const Integer& row : kIntegers) {
    const Buffer in = bytes("30 " + std::string(row.encoded));
    FixedHeader header;
    ASSERT_EQ(decode_fixed_header(in, header), HeaderState::kComplete) << row.encoded;
    EXPECT_EQ(header.type, PacketType::kPublish);
    EXPECT_EQ(header.remaining_length, row.value);
    EXPECT_EQ(header.size, in.size());
    EXPECT_EQ(header.packet_size(), in.size() + row.value);
    EXPECT_TRUE(header.shortest);
    for (std::size_t cut = 0; cut < in.size(); ++cut) {
      EXPECT_EQ(decode_fixed_header(Bytes(in).first(cut), header), HeaderState::kNeedMore);
    }
  }
}

TEST(MqttFixedHeader, FiveBytesOfLengthAreMalformedAsSoonAsTheFourthGoesOn) {
  FixedHeader header;
  EXPECT_EQ(decode_fixed_header(bytes("30 FF FF FF"), header), HeaderState::kNeedMore);
  EXPECT_EQ(decode_fixed_header(bytes("30 FF FF FF FF"), header), HeaderState::kMalformed);
}

TEST(MqttFixedHeader, LongerLengthThanNeededIsNoticed) {
  FixedHeader header;
  ASSERT_EQ(decode_fixed_header(bytes("C0 80 00"), header), HeaderState::kComplete);
  EXPECT_FALSE(header.shortest);
  EXPECT_EQ(header.remaining_length, 0U);
}

}  // namespace
}  // namespace tidegate::mqtt
