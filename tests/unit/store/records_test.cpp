// Records, frames and their sections as bytes.

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

BootId boot() {
  BootId boot;
  boot.bytes.fill(std::byte{0xB0});
  return boot;
}

Message message(std::string_view topic, std::string_view client, std::string_view payload) {
  return {.topic = topic,
          .client = client,
          .payload = as_bytes(payload),
          .properties = {},
          .received = {Monotonic(1'000'000), WallTime(1'700'000'000'000'000), TimeQuality::kSynchronised},
          .qos = 1,
          .retain = false};
}

Buffer run_of(int count) {
  RecordWriter writer(boot());
  for (int i = 0; i < count; ++i) writer.add(message("topic", "client", std::to_string(i)));
  return writer.take();
}

bool same(const Message& a, const Message& b) {
  return a.topic == b.topic && a.client == b.client && as_text(a.payload) == as_text(b.payload) &&
         as_text(a.properties) == as_text(b.properties) && a.received == b.received && a.qos == b.qos &&
         a.retain == b.retain;
}

TEST(Records, ComeBackAsTheyWere) {
  Message first = message("a/b", "meter", "21.5");
  first.properties = as_bytes(std::string_view("\x01\x00\x02", 3));
  first.retain = true;
  Message second = message("a/b", "meter", "");
  second.received = {Monotonic(-5), WallTime(INT64_MIN), TimeQuality::kUnknown};
  second.qos = 0;
  Message third = message("", "other", "x");
  third.received = {Monotonic(INT64_MAX), WallTime(INT64_MAX), TimeQuality::kLastKnown};
  third.qos = 2;
  RecordWriter writer(boot());
  for (const Message& each : {first, second, third}) writer.add(each);
  EXPECT_EQ(writer.count(), 3U);

  const Buffer run = writer.take();
  RecordReader reader(run);
  EXPECT_EQ(reader.boot(), boot());
  for (const Message& each : {first, second, third}) {
    Message read;
    ASSERT_TRUE(reader.next(read));
    EXPECT_TRUE(same(read, each));
  }
  Message none;
  EXPECT_FALSE(reader.next(none));
  EXPECT_TRUE(reader.ok());
}

TEST(Records, OfOneSensorCostFewBytesBeyondTheirPayload) {
  RecordWriter writer(boot());
  Message each = message("zigbee2mqtt/kitchen", "bridge", std::string_view());
  const std::string payload(100, 'p');
  each.payload = as_bytes(payload);
  writer.add(each);
  const std::size_t first = writer.size();
  each.received.monotonic += std::chrono::seconds(10);
  each.received.wall += std::chrono::seconds(10);
  writer.add(each);
  EXPECT_LE(writer.size() - first, 100U + 10U) << "same topic and client";
}

TEST(Records, ATakenWriterBeginsAnewWithoutTheTopicBefore) {
  RecordWriter writer(boot());
  writer.add(message("topic", "client", "1"));
  (void)writer.take();
  EXPECT_EQ(writer.count(), 0U);
  EXPECT_EQ(writer.size(), 0U);
  writer.add(message("topic", "client", "2"));
  const Buffer run = writer.take();
  RecordReader reader(run);
  Message read;
  ASSERT_TRUE(reader.next(read));
  EXPECT_EQ(read.topic, "topic");
  EXPECT_EQ(read.client, "client");
}

TEST(Records, ASliceIsARunOfItsOwn) {
  const RunSlice slice = slice_run(run_of(10), 4, 3, 1 << 20);
  ASSERT_EQ(slice.count, 3U);
  RecordReader reader(slice.records);
  for (const char* payload : {"4", "5", "6"}) {
    Message read;
    ASSERT_TRUE(reader.next(read));
    EXPECT_EQ(as_text(read.payload), payload);
    EXPECT_EQ(read.topic, "topic") << "though the record that named it is not in the slice";
  }
}

TEST(Records, ASliceHasAtLeastOneRecordHoweverSmallTheLimit) { EXPECT_EQ(slice_run(run_of(10), 0, 10, 1).count, 1U); }

TEST(Frame, ComesBackWithEverySection) {
  const Buffer run = run_of(5);
  FrameWriter writer = frame_of(run, 5);
  writer.add(CursorSection{
      .stream = {3}, .upstream = "cloud", .lane = {1}, .incarnation = {}, .position = Offset{900}, .end = kOpenEnd});
  writer.add(SkipSection{{4}, SkipReason::kEvicted, Offset{5}, Offset{9}});
  const Buffer bytes = writer.make(kPlace, 77, kAlignment);
  EXPECT_EQ(bytes.size() % kAlignment, 0U);

  const auto frame = decode_frame(bytes, kPlace);
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->commit, 77U);
  EXPECT_EQ(frame->bytes, writer.size());
  ASSERT_EQ(frame->records.size(), 1U);
  EXPECT_EQ(frame->records[0].stream, StreamId{3});
  EXPECT_EQ(frame->records[0].first, Offset{1000});
  EXPECT_EQ(frame->records[0].end(), Offset{1005});
  EXPECT_TRUE(std::ranges::equal(frame->records[0].run, run));
  ASSERT_EQ(frame->cursors.size(), 1U);
  EXPECT_EQ(frame->cursors[0].upstream, "cloud");
  EXPECT_EQ(frame->cursors[0].position, Offset{900});
  EXPECT_EQ(frame->cursors[0].end, kOpenEnd);
  ASSERT_EQ(frame->skips.size(), 1U);
  EXPECT_EQ(frame->skips[0].to, Offset{9});
}

TEST(Frame, OfAnEarlierUseOfTheSlotOrFromAnotherPlaceFailsItsCheck) {
  const Buffer bytes = frame_of(run_of(5), 5).make(kPlace, 1, kAlignment);
  EXPECT_TRUE(decode_frame(bytes, kPlace));
  EXPECT_FALSE(decode_frame(bytes, {.salt = kPlace.salt + 1, .file_position = kPlace.file_position}));
  EXPECT_FALSE(decode_frame(bytes, {.salt = kPlace.salt, .file_position = kPlace.file_position + kAlignment}));
}

TEST(Frame, WithAnyBitFlippedFailsItsCheck) {
  const FrameWriter writer = frame_of(run_of(3), 3);
  const Buffer bytes = writer.make(kPlace, 1, kAlignment);
  for (std::size_t bit = 0; bit < writer.size() * 8; ++bit) {
    Buffer flipped = bytes;
    flipped[bit / 8] ^= std::byte{1} << (bit % 8);
    EXPECT_FALSE(decode_frame(flipped, kPlace)) << "bit " << bit;
  }
}

TEST(Frame, StepsOverSectionsThatItDoesNotKnow) {
  FrameWriter writer;
  writer.add(static_cast<SectionKind>(200), as_bytes("of a later version"));
  writer.add(SectionKind::kAnchor, as_bytes("reserved"));
  const Buffer run = run_of(1);
  writer.add(
      RecordsSection{.stream = {3}, .incarnation = {}, .first = Offset{0}, .count = 1, .run = run, .relocated = true});
  const auto frame = decode_frame(writer.make(kPlace, 1, kAlignment), kPlace);
  ASSERT_TRUE(frame);
  ASSERT_EQ(frame->records.size(), 1U);
  EXPECT_TRUE(frame->records[0].relocated);
}

// What the fuzzer does for hours, for a moment: foreign bytes are refused or understood, never harmful.
TEST(Frame, MutatedBytesNeverHarm) {
  simulation::SeededRandom random(7);
  const Buffer run = run_of(20);
  const Buffer frame = frame_of(run, 20).make(kPlace, 1, kAlignment);
  for (int round = 0; round < 20'000; ++round) {
    Buffer bytes = round % 2 == 0 ? run : frame;
    for (std::uint64_t i = random.between(1, 6); i > 0; --i)
      bytes[random.index(std::min<std::size_t>(bytes.size(), 400))] = static_cast<std::byte>(random.below(256));
    bytes.resize(random.index(bytes.size() + 1));
    (void)decode_frame(bytes, kPlace);
    RecordReader reader(bytes);
    Message read;
    while (reader.next(read)) EXPECT_LE(read.topic.size() + read.payload.size(), bytes.size() * 2);
  }
}

}  // namespace
}  // namespace tidegate::store
