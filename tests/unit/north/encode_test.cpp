#include "gateway/north/grpc/encode.hpp"

#include <gtest/gtest.h>
#include <zstd.h>

#include <string>
#include <vector>

namespace tidegate::north {
namespace {

v1::Records unpack(const v1::Batch& batch) {
  std::string raw = batch.body();
  if (batch.compression() == v1::COMPRESSION_ZSTD) {
    raw.resize(batch.raw_bytes());
    EXPECT_EQ(ZSTD_decompress(raw.data(), raw.size(), batch.body().data(), batch.body().size()), raw.size());
  }
  EXPECT_EQ(raw.size(), batch.raw_bytes());
  v1::Records records;
  EXPECT_TRUE(records.ParseFromString(raw));
  return records;
}

store::Record record(std::uint64_t offset, std::string_view topic, std::string_view client, std::string_view payload) {
  store::Record made;
  made.offset = Offset{offset};
  made.boot.bytes.fill(std::byte{7});
  made.message.topic = topic;
  made.message.client = client;
  made.message.payload = as_bytes(payload);
  made.message.received = {Monotonic(1000 + offset), WallTime(5'000'000 + 10 * offset), TimeQuality::kSynchronised};
  made.message.qos = 1;
  return made;
}

const LaneId kLane{"s", {}, Lane{0}};

TEST(Encode, names_the_records_and_says_repeated_things_once) {
  BatchEncoder encoder;
  const std::vector records{record(40, "a", "c", "1"), record(41, "a", "c", "2"), record(42, "b", "", "3")};
  const v1::Batch batch = encoder.encode(kLane, records);
  EXPECT_EQ(batch.stream(), "s");
  EXPECT_EQ(batch.first(), 40U);
  EXPECT_EQ(batch.count(), 3U);
  const v1::Records decoded = unpack(batch);
  ASSERT_EQ(decoded.records_size(), 3);
  EXPECT_EQ(decoded.boot_id(), std::string(16, '\7'));
  EXPECT_EQ(decoded.records(0).topic(), "a");
  EXPECT_FALSE(decoded.records(1).has_topic());
  EXPECT_FALSE(decoded.records(1).has_client());
  EXPECT_EQ(decoded.records(2).topic(), "b");
  EXPECT_EQ(decoded.records(0).wall_delta_us(), 5'000'400);
  EXPECT_EQ(decoded.records(1).wall_delta_us(), 10);
  EXPECT_EQ(decoded.records(2).monotonic_delta_us(), 1);
  EXPECT_EQ(decoded.records(2).time_quality(), v1::TIME_SYNCHRONISED);
}

TEST(Encode, an_empty_client_after_another_one_stays_empty) {
  BatchEncoder encoder;
  const std::vector records{record(0, "a", "c", "1"), record(1, "a", "", "2")};
  const v1::Records decoded = unpack(encoder.encode(kLane, records));
  EXPECT_TRUE(decoded.records(1).has_client());
  EXPECT_EQ(decoded.records(1).client(), "");
}

TEST(Encode, compresses_where_that_makes_it_smaller) {
  BatchEncoder encoder;
  const std::string reading(2000, 'x');
  EXPECT_EQ(encoder.encode(kLane, std::vector{record(0, "a", "c", reading)}).compression(), v1::COMPRESSION_ZSTD);
  EXPECT_EQ(encoder.encode(kLane, std::vector{record(0, "a", "c", "1")}).compression(), v1::COMPRESSION_NONE);
}

TEST(Encode, a_corrected_time_says_so) {
  BatchEncoder encoder;
  store::Record corrected = record(0, "a", "c", "1");
  corrected.message.received.quality = TimeQuality::kCorrected;
  EXPECT_EQ(unpack(encoder.encode(kLane, std::vector{corrected})).records(0).time_quality(), v1::TIME_CORRECTED);
}

TEST(Encode, an_anchor_names_a_moment_of_its_boot) {
  const v1::Anchor anchor = encode_anchor({{{std::byte{7}}}, Monotonic(5), WallTime(-6)});
  EXPECT_EQ(anchor.boot_id(), std::string(1, '\7') + std::string(15, '\0'));
  EXPECT_EQ(anchor.monotonic_us(), 5U);
  EXPECT_EQ(anchor.wall_us(), -6);
}

}  // namespace
}  // namespace tidegate::north
