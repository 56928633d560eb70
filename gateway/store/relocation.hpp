#pragma once

#include <cstdint>
#include <map>

#include "gateway/base/result.hpp"
#include "gateway/store/extents.hpp"
#include "gateway/store/format.hpp"
#include "gateway/store/journal.hpp"
#include "gateway/store/pool.hpp"

namespace tidegate::store {

/// Copies what one slot still owes to the end of the log, under the same offsets, so that the slot can be used again.
/// Small frames become large ones on the way: padding is left behind. One life, one slot; the journal's thread.
class Relocation {
 public:
  Relocation(Journal& journal, Quarantine& quarantine, std::uint32_t slot);

  /// kNoSpace, kIo: what was copied so far is durable and counts, the rest stays where it is.
  Result<void> run();

 private:
  // A run in the making: consecutive records of one boot and one incarnation.
  struct Run {
    RecordWriter records;
    BootId boot;
    Incarnation incarnation;
    Offset first;

    [[nodiscard]] Offset next() const { return first + records.count(); }
  };

  Result<void> take(const RecordsSection& section);
  Result<void> copy(const RecordsSection& section, Offset from, Offset to);
  Result<void> add(const RecordsSection& section, BootId boot, Offset offset, const Message& message);
  void finish(StreamId stream, Run& run);
  Result<void> flush();
  [[nodiscard]] std::size_t gathered() const;
  [[nodiscard]] std::size_t frame_limit() const;
  void forget_slot();

  Journal& journal_;
  Quarantine& quarantine_;
  std::uint32_t slot_;
  std::map<StreamId, ExtentMap> owed_;  // what is still to be copied
  std::map<StreamId, Run> runs_;
  FrameWriter frame_;
};

}  // namespace tidegate::store
