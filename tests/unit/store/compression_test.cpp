// Frames whose bodies are compressed, and what only looks like one.

#include "gateway/store/compression.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "gateway/store/format.hpp"
#include "tests/simulation/seeded_random.hpp"
#include "tests/unit/store/frames.hpp"

namespace tidegate::store {
namespace {

using test::frame_of;

constexpr FramePlace kPlace{.salt = 0x1122334455667788, .file_position = 3 << 20};
constexpr std::uint32_t kAlignment = 4096;
constexpr std::size_t kFormatAt = 4;
constexpr std::size_t kCompressionAt = 6;
constexpr std::size_t kRawBytesAt = 12;

Buffer run_of(std::uint32_t count, std::string_view payload) {
  RecordWriter writer({});
  Message message;
  message.topic = "topic";
  message.client = "client";
  message.payload = as_bytes(payload);
  for (std::uint32_t i = 0; i < count; ++i) writer.add(message);
  return writer.take();
}

Buffer sealed(Buffer frame) { return test::sealed(std::move(frame), kPlace); }

class CompressedFrame : public testing::Test {
 protected:
  Compressor compressor_;
  const Buffer run_ = run_of(200, "a payload of a hundred bytes or so, of the kind that sensors send again and again");
  const Buffer bytes_ = frame_of(run_, 200).make(kPlace, 77, kAlignment, &compressor_);
};

TEST_F(CompressedFrame, ComesBackAsItWas) {
  EXPECT_EQ(bytes_.size(), kAlignment) << "of " << run_.size();
  const auto frame = decode_frame(bytes_, kPlace);
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->format, kCompressingFormat);
  EXPECT_EQ(frame->commit, 77U);
  EXPECT_LT(frame->bytes, kAlignment);
  ASSERT_EQ(frame->records.size(), 1U);
  EXPECT_TRUE(std::ranges::equal(frame->records[0].run, run_));
  const Frame copy = *frame;
  EXPECT_TRUE(std::ranges::equal(copy.records[0].run, run_));
}

TEST_F(CompressedFrame, IsMadeOnlyWhereItSavesAnAlignment) {
  const Buffer small = frame_of(run_of(20, "twenty of these fit into one page as they are"), 20)
                           .make(kPlace, 1, kAlignment, &compressor_);
  EXPECT_EQ(decode_frame(small, kPlace)->format, kFirstFormat);
  simulation::SeededRandom random(1);
  std::string noise(6000, '\0');
  random.fill(std::as_writable_bytes(std::span(noise)));
  const Buffer dense = frame_of(run_of(1, noise), 1).make(kPlace, 1, kAlignment, &compressor_);
  EXPECT_EQ(decode_frame(dense, kPlace)->format, kFirstFormat);
  EXPECT_EQ(dense.size(), 2 * kAlignment);
}

TEST_F(CompressedFrame, WithAnyBitFlippedFailsItsCheck) {
  const std::uint32_t size = frame_bytes(bytes_).value();
  for (std::size_t bit = 0; bit < std::size_t{size} * 8; ++bit) {
    Buffer flipped = bytes_;
    flipped[bit / 8] ^= std::byte{1} << (bit % 8);
    EXPECT_FALSE(decode_frame(flipped, kPlace)) << "bit " << bit;
  }
}

TEST_F(CompressedFrame, ThatPassesItsCheckAndIsNoZstdIsRotten) {
  ASSERT_TRUE(decode_frame(sealed(bytes_), kPlace)) << "the seal is right";
  Buffer bytes = bytes_;
  bytes[kFrameHeaderBytes] ^= std::byte{1};  // zstd's magic
  EXPECT_FALSE(decode_frame(sealed(bytes), kPlace));
  for (const std::uint32_t raw_bytes : {0U, 1U, kMaxFrameBytes - kFrameHeaderBytes, kMaxFrameBytes, UINT32_MAX}) {
    bytes = bytes_;
    test::put_u32(bytes, kRawBytesAt, raw_bytes);
    EXPECT_FALSE(decode_frame(sealed(bytes), kPlace)) << raw_bytes;
  }
}

TEST_F(CompressedFrame, OfTheFormatThatHadNoneOrOfAnotherKindIsRotten) {
  Buffer bytes = bytes_;
  bytes[kFormatAt] = std::byte{kFirstFormat};
  EXPECT_FALSE(decode_frame(sealed(bytes), kPlace));
  bytes = bytes_;
  bytes[kCompressionAt] = std::byte{2};
  EXPECT_FALSE(decode_frame(sealed(bytes), kPlace));
  bytes = bytes_;
  bytes[kFormatAt] = std::byte{0};
  EXPECT_FALSE(decode_frame(sealed(bytes), kPlace));
}

TEST_F(CompressedFrame, OfALaterFormatPassesItsCheckAndSaysNothingElse) {
  Buffer bytes = bytes_;
  bytes[kFormatAt] = std::byte{kNewestFormat + 1};
  bytes[kCompressionAt] = std::byte{200};
  EXPECT_FALSE(decode_frame(bytes, kPlace));
  const auto frame = decode_frame(sealed(bytes), kPlace);
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->format, kNewestFormat + 1);
  EXPECT_EQ(frame->commit, 77U);
  EXPECT_EQ(frame->bytes, frame_bytes(bytes_));
  EXPECT_TRUE(frame->records.empty());
}

// What the fuzzer does for hours, for a moment: the check sum is right, and what was packed is not what it was.
TEST_F(CompressedFrame, MutatedBodiesThatPassTheirCheckNeverHarm) {
  simulation::SeededRandom random(8);
  const std::size_t end = frame_bytes(bytes_).value();
  for (int round = 0; round < 20'000; ++round) {
    Buffer bytes = bytes_;
    for (std::uint64_t i = random.between(1, 6); i > 0; --i)
      bytes[kFrameHeaderBytes + random.index(end - kFrameHeaderBytes)] = static_cast<std::byte>(random.below(256));
    const auto frame = decode_frame(sealed(std::move(bytes)), kPlace);
    if (!frame) continue;
    for (const RecordsSection& section : frame->records) {
      RecordReader reader(section.run);
      Message read;
      while (reader.next(read)) EXPECT_LE(read.topic.size() + read.payload.size(), 2 * kMaxFrameBytes);
    }
  }
}

}  // namespace
}  // namespace tidegate::store
