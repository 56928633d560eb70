#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "gateway/base/bytes.hpp"
#include "tests/simulation/seeded_random.hpp"

namespace tidegate::simulation {

/// What a drive writes whole or not at all.
inline constexpr std::size_t kSectorBytes = 512;

/// How the unsynced sectors fare when the power goes.
enum class Fate { kAllKept, kAllLost, kEachByChance };

/// The content of a file twice: as processes see it (the page cache) and as the flash holds it.
///
/// Between a write and its sync each sector is, for itself, either still the old one or any of those written since; the
/// size likewise is any of those it had since the last sync. Sectors of a size that was kept and whose bytes were lost
/// read as zeros.
class FileContent {
 public:
  [[nodiscard]] const Buffer& seen() const { return seen_; }
  [[nodiscard]] bool has_unsynced() const { return !unsynced_.empty(); }
  [[nodiscard]] bool has_unsynced_size() const { return !sizes_.empty(); }
  /// Numbers of the sectors written since the last sync, in no order.
  [[nodiscard]] const std::vector<std::size_t>& unsynced() const { return unsynced_; }

  void truncate();
  void write(std::size_t position, Bytes bytes, SeededRandom& random);

  /// All that was written, and the size, are on the flash.
  void sync();
  /// A sync of all but the sectors of [from, to), which stay unsynced.
  void sync_except(std::uint64_t from, std::uint64_t to);
  /// A sync that the device failed: each unsynced sector reached the flash or did not, and all count as clean, so that
  /// no later sync writes them (as Linux does it). Where the cache drops them, processes see the old bytes again.
  void fail_sync(SeededRandom& random);

  /// The cache may drop pages that count as clean: then processes see what the flash holds.
  void evict_some(SeededRandom& random);
  void evict_all();

  /// The power went: only the flash counts.
  void lose_power(Fate fate, SeededRandom& random);
  /// The flash page that was being written is garbage, with whatever else it held.
  void destroy_page(std::size_t page_bytes, SeededRandom& random);
  /// Flips bits of what is stored and seen: rot, not a power cut.
  void rot(std::size_t position, std::size_t size, SeededRandom& random);

 private:
  void mark_unsynced(std::size_t sector, SeededRandom& random);
  void store_sector(std::size_t sector);
  void load_sector(std::size_t sector);
  bool evict(std::size_t sector);
  void settle_size(std::size_t size);

  Buffer seen_;
  Buffer flash_;  // may be longer than flash_size_: sectors that arrived before the size did
  std::size_t flash_size_ = 0;
  std::vector<std::size_t> sizes_;      // sizes since the last sync
  std::vector<std::size_t> unsynced_;   // sectors
  std::vector<bool> is_unsynced_;       // by sector
  std::vector<std::size_t> only_seen_;  // sectors, not unsynced, of which the flash holds something else
};

}  // namespace tidegate::simulation
