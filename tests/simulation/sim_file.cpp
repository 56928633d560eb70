#include "tests/simulation/sim_file.hpp"

#include <algorithm>

namespace tidegate::simulation {

namespace {

constexpr std::size_t kSectorsOfACachePage = 4096 / kSectorBytes;
constexpr std::size_t kUsualBytes = 5 << 20;  // of a pool: one that grows to it need not be copied

}  // namespace

void FileContent::truncate() {
  if (seen_.empty()) return;
  for (std::size_t sector = 0; sector * kSectorBytes < seen_.size(); ++sector) only_seen_.push_back(sector);
  seen_.clear();
  sizes_.push_back(0);
}

void FileContent::write(std::size_t position, Bytes bytes, SeededRandom& random) {
  if (bytes.empty()) return;
  const std::size_t end = position + bytes.size();
  for (std::size_t sector = position / kSectorBytes; sector * kSectorBytes < end; ++sector)
    mark_unsynced(sector, random);
  if (end > seen_.size()) {
    seen_.reserve(kUsualBytes);
    flash_.reserve(kUsualBytes);
    seen_.resize(end);
    sizes_.push_back(end);
  }
  std::copy(bytes.begin(), bytes.end(), seen_.begin() + static_cast<std::ptrdiff_t>(position));
}

void FileContent::sync() {
  flash_.resize(std::max(flash_.size(), seen_.size()));
  for (const std::size_t sector : unsynced_) {
    store_sector(sector);
    is_unsynced_[sector] = false;
  }
  unsynced_.clear();
  settle_size(seen_.size());
}

void FileContent::sync_except(std::uint64_t from, std::uint64_t to) {
  std::vector<std::size_t> left_out;
  std::copy_if(unsynced_.begin(), unsynced_.end(), std::back_inserter(left_out),
               [&](std::size_t sector) { return sector * kSectorBytes >= from && sector * kSectorBytes < to; });
  std::erase_if(unsynced_,
                [&](std::size_t sector) { return sector * kSectorBytes >= from && sector * kSectorBytes < to; });
  sync();
  unsynced_ = std::move(left_out);
  for (const std::size_t sector : unsynced_) is_unsynced_[sector] = true;
}

void FileContent::fail_sync(SeededRandom& random) {
  const bool dropped_from_cache = random.once_in(2);
  for (const std::size_t sector : unsynced_) {
    is_unsynced_[sector] = false;
    if (random.once_in(2)) {
      store_sector(sector);
    } else if (dropped_from_cache) {
      load_sector(sector);
    } else {
      only_seen_.push_back(sector);
    }
  }
  unsynced_.clear();
}

void FileContent::evict_some(SeededRandom& random) {
  if (only_seen_.empty() || !random.once_in(8)) return;
  const std::size_t page = only_seen_[random.index(only_seen_.size())] / kSectorsOfACachePage;
  std::erase_if(only_seen_, [&](std::size_t sector) { return sector / kSectorsOfACachePage == page && evict(sector); });
}

void FileContent::evict_all() {
  std::erase_if(only_seen_, [&](std::size_t sector) { return evict(sector); });
}

void FileContent::lose_power(Fate fate, SeededRandom& random) {
  for (const std::size_t sector : unsynced_) {
    is_unsynced_[sector] = false;
    if (fate == Fate::kAllKept || (fate == Fate::kEachByChance && random.once_in(2))) store_sector(sector);
  }
  only_seen_.insert(only_seen_.end(), unsynced_.begin(), unsynced_.end());
  unsynced_.clear();
  std::size_t size = flash_size_;
  if (!sizes_.empty() && fate == Fate::kAllKept) size = sizes_.back();
  if (!sizes_.empty() && fate == Fate::kEachByChance && random.once_in(2)) size = sizes_[random.index(sizes_.size())];
  settle_size(size);
  seen_.resize(size);
  for (const std::size_t sector : only_seen_) load_sector(sector);
  only_seen_.clear();
}

void FileContent::destroy_page(std::size_t page_bytes, SeededRandom& random) {
  const std::size_t position = unsynced_[random.index(unsynced_.size())] * kSectorBytes;
  const std::size_t begin = position / page_bytes * page_bytes;
  if (flash_.size() < begin + page_bytes) flash_.resize(begin + page_bytes);
  random.fill(std::span(flash_).subspan(begin, page_bytes));
  for (std::size_t sector = begin / kSectorBytes; sector < (begin + page_bytes) / kSectorBytes; ++sector)
    only_seen_.push_back(sector);
  // What was unsynced in it was in flight with it: none of it can arrive later.
  std::erase_if(unsynced_, [&](std::size_t sector) {
    const bool inside = sector * kSectorBytes >= begin && sector * kSectorBytes < begin + page_bytes;
    if (inside) is_unsynced_[sector] = false;
    return inside;
  });
}

void FileContent::rot(std::size_t position, std::size_t size, SeededRandom& random) {
  for (std::size_t i = position; i < position + size && i < seen_.size(); ++i) {
    seen_[i] ^= static_cast<std::byte>(random.between(1, 255));
    if (i < flash_.size()) flash_[i] = seen_[i];
  }
}

// A sector that is written again before its sync may have reached the flash meanwhile, as it was.
void FileContent::mark_unsynced(std::size_t sector, SeededRandom& random) {
  if (sector >= is_unsynced_.size()) is_unsynced_.resize(sector + 1);
  if (is_unsynced_[sector]) {
    if (random.once_in(2)) store_sector(sector);
    return;
  }
  is_unsynced_[sector] = true;
  unsynced_.push_back(sector);
}

void FileContent::store_sector(std::size_t sector) {
  const std::size_t begin = sector * kSectorBytes;
  if (begin >= seen_.size()) return;
  const std::size_t end = std::min(begin + kSectorBytes, seen_.size());
  if (flash_.size() < end) flash_.resize(end);
  std::copy(seen_.begin() + static_cast<std::ptrdiff_t>(begin), seen_.begin() + static_cast<std::ptrdiff_t>(end),
            flash_.begin() + static_cast<std::ptrdiff_t>(begin));
}

void FileContent::load_sector(std::size_t sector) {
  const std::size_t begin = sector * kSectorBytes;
  const std::size_t end = std::min(begin + kSectorBytes, seen_.size());
  for (std::size_t i = begin; i < end; ++i) seen_[i] = i < flash_.size() ? flash_[i] : std::byte{};
}

// Whether it is clean, and the flash is seen again.
bool FileContent::evict(std::size_t sector) {
  const bool dirty = sector < is_unsynced_.size() && is_unsynced_[sector];
  if (dirty || sector * kSectorBytes >= seen_.size()) return false;
  load_sector(sector);
  return true;
}

void FileContent::settle_size(std::size_t size) {
  flash_.resize(size);
  flash_size_ = size;
  sizes_.clear();
}

}  // namespace tidegate::simulation
