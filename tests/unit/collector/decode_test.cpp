#include "gateway/programs/collector/decode.hpp"

#include <google/protobuf/stubs/logging.h>
#include <gtest/gtest.h>
#include <zstd.h>

#include <random>

namespace tidegate::collector {
namespace {

v1::Batch plain_batch(int count = 2) {
  v1::Records records;
  records.set_boot_id(std::string(16, 'b'));
  for (int i = 0; i < count; ++i) {
    v1::Record& record = *records.add_records();
    if (i == 0) record.set_topic("t");
    if (i == 0) record.set_client("c");
    record.set_payload(std::to_string(i));
    record.set_wall_delta_us(i == 0 ? 1000 : 5);
  }
  v1::Batch batch;
  batch.set_codec(v1::CODEC_RECORDS);
  batch.set_count(static_cast<std::uint32_t>(count));
  batch.set_body(records.SerializeAsString());
  batch.set_raw_bytes(static_cast<std::uint32_t>(batch.body().size()));
  return batch;
}

v1::Batch zstd_batch() {
  v1::Batch batch = plain_batch(50);
  std::string packed(ZSTD_compressBound(batch.body().size()), '\0');
  packed.resize(ZSTD_compress(packed.data(), packed.size(), batch.body().data(), batch.body().size(), 3));
  batch.set_compression(v1::COMPRESSION_ZSTD);
  batch.set_body(packed);
  return batch;
}

TEST(Decode, what_is_not_said_again_goes_on_from_the_record_before) {
  const Result<DecodedBatch> decoded = decode(plain_batch());
  ASSERT_TRUE(decoded.ok());
  ASSERT_EQ(decoded->messages.size(), 2U);
  EXPECT_EQ(decoded->messages[1].topic, "t");
  EXPECT_EQ(decoded->messages[1].client, "c");
  EXPECT_EQ(decoded->messages[1].wall_us, 1005);
  EXPECT_EQ(as_text(decoded->messages[1].payload), "1");
}

TEST(Decode, unpacks_zstd) {
  const Result<DecodedBatch> decoded = decode(zstd_batch());
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(decoded->messages.size(), 50U);
}

TEST(Decode, refuses_what_does_not_fit_its_own_description) {
  v1::Batch batch = plain_batch();
  batch.set_count(3);
  EXPECT_FALSE(decode(batch).ok());
  batch = plain_batch();
  batch.set_raw_bytes(batch.raw_bytes() + 1);
  EXPECT_FALSE(decode(batch).ok());
  batch = zstd_batch();
  batch.set_raw_bytes(batch.raw_bytes() - 1);
  EXPECT_FALSE(decode(batch).ok());
  batch = zstd_batch();
  batch.mutable_body()->resize(batch.body().size() / 2);
  EXPECT_FALSE(decode(batch).ok());
}

TEST(Decode, refuses_what_it_does_not_know) {
  v1::Batch batch = plain_batch();
  batch.set_codec(v1::CODEC_COLUMNS);
  EXPECT_EQ(decode(batch).error().kind, ErrorKind::kUnsupported);
  batch = plain_batch();
  batch.set_compression(static_cast<v1::Compression>(9));
  EXPECT_EQ(decode(batch).error().kind, ErrorKind::kUnsupported);
}

TEST(Decode, refuses_a_batch_that_would_not_fit_into_memory) {
  v1::Batch batch = zstd_batch();
  batch.set_raw_bytes(kMaxBatchBytes + 1);
  EXPECT_EQ(decode(batch).error().kind, ErrorKind::kTooLarge);
}

TEST(Decode, survives_foreign_bytes) {
  google::protobuf::LogSilencer silent;
  std::mt19937 random(42);
  for (int round = 0; round < 2000; ++round) {
    v1::Batch batch = round % 2 == 0 ? plain_batch() : zstd_batch();
    std::string& body = *batch.mutable_body();
    for (int i = 0; i < 3; ++i) body[random() % body.size()] = static_cast<char>(random());
    const Result<DecodedBatch> decoded = decode(batch);
    if (!decoded.ok()) continue;
    EXPECT_EQ(decoded->messages.size(), batch.count());
  }
}

}  // namespace
}  // namespace tidegate::collector
