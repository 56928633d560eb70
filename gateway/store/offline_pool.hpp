#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gateway/base/disk.hpp"
#include "gateway/base/event_log.hpp"
#include "gateway/base/random.hpp"
#include "gateway/store/journal.hpp"
#include "gateway/store/pool.hpp"

namespace tidegate::store {

/// The pool of a directory as a journal that no gateway configures, for tools that change it. The caller holds the
/// DirectoryLock. It need not grow: a gateway leaves a slot free to copy into. One thread.
class OfflinePool {
 public:
  OfflinePool(std::string directory, Disk& disk, Random& random, EventLog& events);

  /// As a start does it: flushes what an earlier run may have left, copies the newest frame, and rests on both. Nothing
  /// will be written behind what is in `closed_slots`. Called once. Errors as of read_contents() and Journal.
  Result<void> open(const std::vector<std::uint32_t>& closed_slots = {});

  /// After open() succeeded.
  [[nodiscard]] Journal& journal() { return *journal_; }
  [[nodiscard]] Quarantine& quarantine() { return quarantine_; }

 private:
  LogOptions options_;
  Disk& disk_;
  Random& random_;
  EventLog& events_;
  Metrics metrics_;
  Quarantine quarantine_;
  std::optional<Journal> journal_;
};

}  // namespace tidegate::store
