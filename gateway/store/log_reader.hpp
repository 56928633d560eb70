#pragma once

#include <cstdint>
#include <mutex>
#include <optional>

#include "gateway/base/result.hpp"
#include "gateway/store/extents.hpp"
#include "gateway/store/frame_walker.hpp"
#include "gateway/store/log.hpp"
#include "gateway/store/pool_contents.hpp"

namespace tidegate::store {

/// What is read, and the catalog that says where: changed by others under its mutex only.
struct LogSource {
  const Catalog& catalog;
  std::mutex& mutex;
  File& file;
  Layout layout;
};

/// One read of consecutive records of one stream. Looks up under the mutex where they lie, reads without it, and trusts
/// only what passes its check under the salt that it looked up: a slot that was recycled meanwhile does not.
class LogReader {
 public:
  LogReader(const LogSource& source, RotListener rot, StreamIndex stream, std::size_t max_bytes);

  /// kIo: the disk does not answer.
  Result<ReadResult> run(Offset from, ReadHint hint);

 private:
  // Where the next wanted record lies.
  struct Target {
    StreamId stream;
    Extent extent;
    SlotRange range;
  };

  std::optional<Target> locate();
  [[nodiscard]] bool still_there(const Target& target) const;
  Result<void> read_extent(const Target& target);
  Result<bool> walk(const Target& target, std::uint32_t begin);
  void take(const RecordsSection& section, const Target& target);
  void skip_to(Offset to, const StreamRecord& stream);  // under the mutex
  [[nodiscard]] bool full() const { return bytes_ >= max_bytes_; }

  const LogSource source_;
  const RotListener rot_;
  StreamIndex stream_;
  std::size_t max_bytes_;
  std::size_t bytes_ = 0;
  ReadResult result_;
  Offset seen_later_ = kOpenEnd;  // the lowest wanted offset that a walk has seen past result_.next
};

}  // namespace tidegate::store
