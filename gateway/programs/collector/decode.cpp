#include "gateway/programs/collector/decode.hpp"

#include <zstd.h>

#include <string>
#include <string_view>
#include <utility>

namespace tidegate::collector {
namespace {

Result<std::string> unpack(const v1::Batch& batch) {
  if (batch.raw_bytes() > kMaxBatchBytes)
    return Error{ErrorKind::kTooLarge,
                 std::to_string(batch.raw_bytes()) + " bytes: the limit is " + std::to_string(kMaxBatchBytes)};
  std::string raw;
  switch (batch.compression()) {
    case v1::COMPRESSION_NONE: raw = batch.body(); break;
    case v1::COMPRESSION_ZSTD: {
      raw.resize(batch.raw_bytes());
      const std::size_t size = ZSTD_decompress(raw.data(), raw.size(), batch.body().data(), batch.body().size());
      if (ZSTD_isError(size) != 0)
        return Error{ErrorKind::kCorrupt, std::string("not zstd of the stated length: ") + ZSTD_getErrorName(size)};
      raw.resize(size);
      break;
    }
    default:
      return Error{ErrorKind::kUnsupported, "compression " + std::to_string(batch.compression()) + " is unknown here"};
  }
  if (raw.size() != batch.raw_bytes())
    return Error{ErrorKind::kCorrupt,
                 std::to_string(raw.size()) + " bytes instead of the stated " + std::to_string(batch.raw_bytes())};
  return raw;
}

std::vector<Message> to_messages(const v1::Records& records) {
  std::vector<Message> messages;
  messages.reserve(static_cast<std::size_t>(records.records_size()));
  Message message;  // topic, client and times go on from the record before
  for (const v1::Record& record : records.records()) {
    if (record.has_topic()) message.topic = record.topic();
    if (record.has_client()) message.client = record.client();
    message.payload = as_bytes(record.payload());
    message.properties = as_bytes(record.properties());
    // Unsigned: foreign deltas may overflow.
    message.wall_us = static_cast<std::int64_t>(static_cast<std::uint64_t>(message.wall_us) +
                                                static_cast<std::uint64_t>(record.wall_delta_us()));
    message.monotonic_us = static_cast<std::int64_t>(static_cast<std::uint64_t>(message.monotonic_us) +
                                                     static_cast<std::uint64_t>(record.monotonic_delta_us()));
    message.time_quality = static_cast<std::uint32_t>(record.time_quality());
    message.qos = record.qos();
    message.retain = record.retain();
    messages.push_back(message);
  }
  return messages;
}

}  // namespace

Result<DecodedBatch> decode(const v1::Batch& batch) {
  if (batch.codec() != v1::CODEC_RECORDS)
    return Error{ErrorKind::kUnsupported, "codec " + std::to_string(batch.codec()) + " is unknown here"};
  const Result<std::string> raw = unpack(batch);
  if (!raw.ok()) return raw.error();
  DecodedBatch decoded{std::make_unique<v1::Records>(), {}};
  if (!decoded.memory->ParseFromString(*raw)) return Error{ErrorKind::kCorrupt, "not a Records message"};
  if (decoded.memory->boot_id().size() != 16) return Error{ErrorKind::kInvalid, "the boot id is not 16 bytes"};
  decoded.messages = to_messages(*decoded.memory);
  if (decoded.messages.size() != batch.count())
    return Error{ErrorKind::kCorrupt, std::to_string(decoded.messages.size()) + " records instead of the stated " +
                                          std::to_string(batch.count())};
  return decoded;
}

}  // namespace tidegate::collector
