#include "gateway/north/grpc/encode.hpp"

#include <zstd.h>

#include <utility>

#include "gateway/base/assert.hpp"

namespace tidegate::north {
namespace {

/// zstd's default. Higher levels gain under 3 % on batches of sensor readings for several times the work.
constexpr int kCompressionLevel = 3;

v1::Records to_records(std::span<const store::Record> records) {
  v1::Records out;
  out.set_boot_id(std::string(as_text(records.front().boot.bytes)));
  std::string_view topic;
  std::string_view client;
  std::int64_t wall_us = 0;
  std::int64_t monotonic_us = 0;
  for (const store::Record& record : records) {
    const store::Message& message = record.message;
    v1::Record& encoded = *out.add_records();
    if (&record == &records.front() || message.topic != topic) encoded.set_topic(std::string(message.topic));
    if (&record == &records.front() || message.client != client) encoded.set_client(std::string(message.client));
    encoded.set_payload(std::string(as_text(message.payload)));
    encoded.set_properties(std::string(as_text(message.properties)));
    encoded.set_wall_delta_us(message.received.wall.count() - wall_us);
    encoded.set_monotonic_delta_us(message.received.monotonic.count() - monotonic_us);
    encoded.set_time_quality(static_cast<v1::TimeQuality>(message.received.quality));
    encoded.set_qos(message.qos);
    encoded.set_retain(message.retain);
    topic = message.topic;
    client = message.client;
    wall_us = message.received.wall.count();
    monotonic_us = message.received.monotonic.count();
  }
  return out;
}

}  // namespace

BatchEncoder::BatchEncoder() : context_(ZSTD_createCCtx()) {
  TIDEGATE_ASSERT(context_ != nullptr, "no memory for a compression context");
}

BatchEncoder::~BatchEncoder() { ZSTD_freeCCtx(context_); }

v1::Batch BatchEncoder::encode(const LaneId& lane, std::span<const store::Record> records) {
  TIDEGATE_ASSERT(!records.empty(), "an empty batch");
  std::string raw = to_records(records).SerializeAsString();

  v1::Batch batch;
  batch.set_stream(lane.stream);
  batch.set_incarnation(std::string(as_text(lane.incarnation.bytes)));
  batch.set_lane(lane.lane.value);
  batch.set_first(records.front().offset.value);
  batch.set_count(static_cast<std::uint32_t>(records.size()));
  batch.set_codec(v1::CODEC_RECORDS);
  batch.set_raw_bytes(static_cast<std::uint32_t>(raw.size()));

  std::string packed(ZSTD_compressBound(raw.size()), '\0');
  const std::size_t size =
      ZSTD_compressCCtx(context_, packed.data(), packed.size(), raw.data(), raw.size(), kCompressionLevel);
  if (ZSTD_isError(size) == 0 && size < raw.size()) {
    packed.resize(size);
    batch.set_compression(v1::COMPRESSION_ZSTD);
    batch.set_body(std::move(packed));
  } else {
    batch.set_body(std::move(raw));
  }
  return batch;
}

v1::Skip encode_skip(const LaneId& lane, const store::Skip& skip) {
  v1::Skip out;
  out.set_stream(lane.stream);
  out.set_incarnation(std::string(as_text(lane.incarnation.bytes)));
  out.set_lane(lane.lane.value);
  out.set_from(skip.from.value);
  out.set_to(skip.to.value);
  out.set_reason(static_cast<v1::SkipReason>(skip.reason));  // the numbers are the same on both sides
  return out;
}

v1::Anchor encode_anchor(const TimeAnchor& anchor) {
  v1::Anchor out;
  out.set_boot_id(std::string(as_text(anchor.boot.bytes)));
  out.set_monotonic_us(static_cast<std::uint64_t>(anchor.monotonic.count()));
  out.set_wall_us(anchor.wall.count());
  return out;
}

}  // namespace tidegate::north
