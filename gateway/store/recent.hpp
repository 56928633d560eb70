#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "gateway/base/bytes.hpp"
#include "gateway/base/ids.hpp"

namespace tidegate::store {

/// The newest durable runs of records, in memory, so that a live route never reads the disk. The oldest run goes when
/// the limit is passed, whatever its stream. Not thread-safe: the store's mutex guards it.
class Recent {
 public:
  struct Run {
    Offset first;
    std::uint32_t count = 0;
    std::shared_ptr<const Buffer> records;
  };

  Recent(std::size_t streams, std::uint64_t limit_bytes)
      : limit_bytes_(limit_bytes), runs_(streams), forgotten_(streams) {}

  void add(StreamIndex stream, Run run);

  /// What lies before `to` is found here no more.
  void forget(StreamIndex stream, Offset to) { forgotten_[stream.value] = std::max(forgotten_[stream.value], to); }

  /// Runs that hold `from` and what follows it without a hole, up to about `max_bytes`; empty if `from` is not here.
  [[nodiscard]] std::vector<Run> find(StreamIndex stream, Offset from, std::size_t max_bytes) const;

 private:
  std::uint64_t limit_bytes_;
  std::size_t bytes_ = 0;
  std::vector<std::deque<Run>> runs_;
  std::vector<Offset> forgotten_;  // everything before
  std::deque<StreamIndex> ages_;   // the stream of each run, oldest first
};

}  // namespace tidegate::store
