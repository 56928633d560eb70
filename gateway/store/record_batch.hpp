#pragma once

#include <memory>
#include <vector>

#include "gateway/base/result.hpp"
#include "gateway/store/log.hpp"
#include "gateway/store/message.hpp"

namespace tidegate::store {

/// A record as it is read: views into memory that its RecordBatch keeps alive.
struct Record {
  Offset offset;
  BootId boot;
  Message message;
};

/// Records and skips of one stream in order of offset. Owns the memory the records point into.
struct RecordBatch {
  std::vector<Record> records;
  std::vector<Skip> skips;
  Offset next;  ///< Where to read on; equals the asked offset when nothing more is durable.
  std::vector<std::shared_ptr<const Buffer>> memory;

  /// Decodes a run of `count` records that begins at `first`, and takes those from next on, stopping after about
  /// `max_bytes` of payload. kCorrupt if the run does not decode.
  Result<void> add_run(Offset first, std::uint32_t count, std::shared_ptr<const Buffer> run, std::size_t max_bytes);
  [[nodiscard]] bool full(std::size_t max_bytes) const { return bytes_ >= max_bytes; }

 private:
  std::size_t bytes_ = 0;
};

/// What was read from `from` on, decoded. kCorrupt if a run does not decode.
Result<RecordBatch> decode(ReadResult found, Offset from);

}  // namespace tidegate::store
