#include "gateway/base/crc32c.hpp"

#include <gtest/gtest.h>

#include <numeric>

namespace tidegate {
namespace {

struct Vector {
  const char* name;
  Buffer bytes;
  std::uint32_t crc;
};

Buffer counting(int first, int step) {
  Buffer bytes;
  for (int i = 0; i < 32; ++i) bytes.push_back(static_cast<std::byte>(first + i * step));
  return bytes;
}

// RFC 3720 appendix B.4 prints the four bytes of the CRC as they are sent: least significant byte first.
std::vector<Vector> rfc3720() {
  return {
      {"32 bytes of zeroes", Buffer(32, std::byte{0}), 0x8A9136AA},
      {"32 bytes of ones", Buffer(32, std::byte{0xFF}), 0x62A8AB43},
      {"incrementing", counting(0, 1), 0x46DD794E},
      {"decrementing", counting(31, -1), 0x113FDB5C},
      {"iSCSI SCSI Read (10) command PDU",
       *from_hex("01c00000000000000000000000000000140000000000040000000014000000182800000000000000"
                 "0200000000000000"),
       0xD9963A56},
  };
}

TEST(Crc32c, AgreesWithTheVectorsOfRfc3720) {
  for (const Vector& vector : rfc3720()) EXPECT_EQ(crc32c(vector.bytes), vector.crc) << vector.name;
}

TEST(Crc32c, TableAgreesWithTheVectorsOfRfc3720) {
  for (const Vector& vector : rfc3720()) EXPECT_EQ(crc32c_portable(vector.bytes), vector.crc) << vector.name;
}

TEST(Crc32c, OfNothingIsZero) { EXPECT_EQ(crc32c({}), 0U); }

TEST(Crc32c, ContinuesFromAnyCut) {
  Buffer bytes(61);
  std::iota(reinterpret_cast<unsigned char*>(bytes.data()), reinterpret_cast<unsigned char*>(bytes.data() + 61), 7);
  const std::uint32_t whole = crc32c(bytes);
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    const Bytes view(bytes);
    EXPECT_EQ(crc32c(view.subspan(cut), crc32c(view.first(cut))), whole) << "cut at " << cut;
  }
}

TEST(Crc32c, BeforeIsTheInverse) {
  Buffer bytes(61);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(i * 37 + 11);
  for (const std::uint32_t begin : {0U, 1U, 0x80000000U, 0xFFFFFFFFU, 0x12345678U})
    for (std::size_t size = 0; size <= bytes.size(); ++size) {
      const Bytes view = Bytes(bytes).first(size);
      ASSERT_EQ(crc32c_before(view, crc32c(view, begin)), begin) << size;
    }
}

TEST(Crc32c, InstructionAndTableAgreeAtEveryLengthAndAlignment) {
  Buffer bytes(80);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(i * 37 + 11);
  for (std::size_t start = 0; start < 8; ++start)
    for (std::size_t size = 0; start + size <= bytes.size(); ++size) {
      const Bytes view = Bytes(bytes).subspan(start, size);
      ASSERT_EQ(crc32c(view), crc32c_portable(view)) << "start " << start << ", size " << size;
    }
}

}  // namespace
}  // namespace tidegate
