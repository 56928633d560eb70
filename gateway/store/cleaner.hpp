#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "gateway/base/disk.hpp"
#include "gateway/base/event_log.hpp"
#include "gateway/base/metrics.hpp"
#include "gateway/store/drop_counter.hpp"
#include "gateway/store/journal.hpp"
#include "gateway/store/log.hpp"
#include "gateway/store/pool.hpp"

namespace tidegate::store {

/// Finds the next slot when none is free: grows the pool, else takes one in which delivered records are kept, else
/// copies forward what the emptiest slot still owes, else drops the oldest records of a stream whose policy allows it.
/// Calls from the journal's thread but for could_make_room.
class Cleaner {
 public:
  Cleaner(const LogOptions& options, Journal& journal, Quarantine& quarantine, Disk& disk, EventLog& events,
          Metrics& metrics);

  /// Afterwards a frame of `bytes` can be appended, and one more slot is free in reserve: without it nothing could be
  /// copied forward any more. kNoSpace: nothing may be dropped.
  Result<void> make_room(std::size_t bytes);

  /// Whether make_room() could succeed. Any thread.
  [[nodiscard]] bool could_make_room() const;

 private:
  [[nodiscard]] std::optional<std::uint32_t> emptiest_slot() const;
  [[nodiscard]] bool may_grow() const;
  [[nodiscard]] bool may_drop(const StreamRecord& stream) const;
  [[nodiscard]] const StreamRecord* stream_to_drop_from() const;
  Result<void> clean_once();
  Result<void> drop_oldest(const StreamRecord& stream);

  const LogOptions& options_;
  Journal& journal_;
  Quarantine& quarantine_;
  Disk& disk_;
  EventLog& events_;
  DropCounter dropped_;
};

}  // namespace tidegate::store
