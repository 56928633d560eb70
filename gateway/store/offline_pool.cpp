#include "gateway/store/offline_pool.hpp"

#include <algorithm>
#include <utility>

#include "gateway/store/pool_contents.hpp"

namespace tidegate::store {

OfflinePool::OfflinePool(std::string directory, Disk& disk, Random& random, EventLog& events)
    : disk_(disk), random_(random), events_(events), quarantine_(directory, disk, events, metrics_) {
  options_.directory = std::move(directory);
}

Result<void> OfflinePool::open(const std::vector<std::uint32_t>& closed_slots) {
  auto file = disk_.open(options_.directory + "/pool", OpenMode::kReadWrite);
  if (!file) return file.error();
  if (auto flushed = (*file)->sync_data(); !flushed) return flushed;
  auto contents = read_contents(**file);
  if (!contents) return contents.error();
  const Catalog as_loaded = contents->catalog;
  auto last = read_tail(**file, contents->catalog,
                        [&](std::uint64_t position, Bytes bytes) { quarantine_.keep(position, bytes); });
  if (!last) return last.error();
  Manifest& manifest = contents->catalog.manifest();
  if (std::find(closed_slots.begin(), closed_slots.end(), manifest.tail.slot) != closed_slots.end())
    manifest.tail.position = manifest.slot_bytes;
  contents->catalog.configure_as_stored();
  journal_.emplace(options_, std::move(*file), std::move(contents->catalog), contents->areas, random_, events_,
                   metrics_);
  if (auto synced = sync_entries(options_.directory, disk_); !synced) return synced;
  if (!last->empty())
    if (auto copied = journal_->secure(*last, as_loaded); !copied) return copied;
  return journal_->save(journal_->catalog());
}

}  // namespace tidegate::store
