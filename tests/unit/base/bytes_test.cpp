#include "gateway/base/bytes.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace tidegate {
namespace {

constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();

TEST(ByteWriter, WritesLittleEndian) {
  Buffer out;
  ByteWriter writer(out);
  writer.u8(0x01);
  writer.u16(0x0203);
  writer.u32(0x04050607);
  writer.u64(0x08090A0B0C0D0E0F);
  EXPECT_EQ(to_hex(out),
            "01030207060504"
            "0f0e0d0c0b0a0908");
}

TEST(ByteWriter, WritesVarintsInTheFewestBytes) {
  const std::vector<std::pair<std::uint64_t, std::string>> cases{
      {0, "00"}, {1, "01"}, {127, "7f"}, {128, "8001"}, {300, "ac02"}, {kMax, "ffffffffffffffffff01"}};
  for (const auto& [value, hex] : cases) {
    Buffer out;
    ByteWriter(out).varint(value);
    EXPECT_EQ(to_hex(out), hex) << value;
  }
}

TEST(ByteWriter, WritesSmallMagnitudesShortWhateverTheirSign) {
  const std::vector<std::pair<std::int64_t, std::string>> cases{{0, "00"}, {-1, "01"}, {1, "02"}, {-64, "7f"}};
  for (const auto& [value, hex] : cases) {
    Buffer out;
    ByteWriter(out).zigzag(value);
    EXPECT_EQ(to_hex(out), hex) << value;
  }
}

TEST(ByteReader, ReadsBackWhatWasWritten) {
  Buffer out;
  ByteWriter writer(out);
  writer.u8(200);
  writer.u16(60'000);
  writer.u32(4'000'000'000);
  writer.u64(kMax - 1);
  writer.varint(kMax);
  writer.zigzag(std::numeric_limits<std::int64_t>::min());
  writer.zigzag(std::numeric_limits<std::int64_t>::max());
  writer.prefixed(as_bytes("tide"));

  ByteReader reader(out);
  EXPECT_EQ(reader.u8(), 200);
  EXPECT_EQ(reader.u16(), 60'000);
  EXPECT_EQ(reader.u32(), 4'000'000'000);
  EXPECT_EQ(reader.u64(), kMax - 1);
  EXPECT_EQ(reader.varint(), kMax);
  EXPECT_EQ(reader.zigzag(), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(reader.zigzag(), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(as_text(reader.prefixed()), "tide");
  EXPECT_TRUE(reader.ok());
  EXPECT_TRUE(reader.at_end());
}

TEST(ByteReader, ReadingPastTheEndYieldsZeroAndIsNotOkForGood) {
  const Buffer three(3, std::byte{0xFF});
  ByteReader reader(three);
  EXPECT_EQ(reader.u32(), 0U);
  EXPECT_FALSE(reader.ok());
  EXPECT_EQ(reader.u8(), 0U) << "what is left after a failure must not be read as something else";
  EXPECT_FALSE(reader.ok());
}

TEST(ByteReader, RefusesALengthBeyondTheEnd) {
  Buffer out;
  ByteWriter(out).varint(kMax);  // with a size_t narrower than that it must not wrap into the buffer
  ByteReader reader(out);
  EXPECT_TRUE(reader.prefixed().empty());
  EXPECT_FALSE(reader.ok());
}

TEST(ByteReader, RefusesAVarintThatDoesNotEnd) {
  const Buffer endless(11, std::byte{0x80});
  ByteReader reader(endless);
  reader.varint();
  EXPECT_FALSE(reader.ok());
}

TEST(ByteReader, RefusesATruncatedVarint) {
  const Buffer cut(1, std::byte{0x80});
  ByteReader reader(cut);
  reader.varint();
  EXPECT_FALSE(reader.ok());
}

TEST(Hex, GoesBothWays) {
  const Buffer bytes = *from_hex("00ff7fA0");
  EXPECT_EQ(to_hex(bytes), "00ff7fa0");
  EXPECT_EQ(to_hex({}), "");
  EXPECT_TRUE(from_hex("")->empty());
}

TEST(Hex, RefusesWhatIsNotHex) {
  EXPECT_FALSE(from_hex("0"));
  EXPECT_FALSE(from_hex("0g"));
  EXPECT_FALSE(from_hex("0x"));
  EXPECT_FALSE(from_hex(" 0"));
}

}  // namespace
}  // namespace tidegate
