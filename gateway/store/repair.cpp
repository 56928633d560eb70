#include "gateway/store/repair.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "gateway/base/read_only_disk.hpp"
#include "gateway/store/journal.hpp"
#include "gateway/store/pool_contents.hpp"
#include "gateway/store/relocation.hpp"

namespace tidegate::store {

namespace {

std::vector<std::uint32_t> slots_with_faults(const Verification& found, std::size_t slots_there) {
  std::set<std::uint32_t> slots;
  for (const RotStretch& rot : found.rot) slots.insert(rot.slot);
  for (const LostRecords& lost : found.lost)
    if (lost.slot < slots_there) slots.insert(lost.slot);
  return {slots.begin(), slots.end()};
}

Result<void> keep_bad_areas(File& file, Quarantine& quarantine) {
  Buffer bytes(kManifestAreaBytes);
  for (std::uint32_t area = 0; area < kManifestAreas; ++area) {
    const std::uint64_t at = std::uint64_t{area} * kManifestAreaBytes;
    if (const auto got = file.read_at(at, bytes); !got) return got.error();
    quarantine.keep(at, bytes);
  }
  return {};
}

/// The pool as a journal that no gateway configures. It need not grow: a gateway leaves a slot free to copy into.
class Surgery {
 public:
  Surgery(const RepairOptions& options, Disk& disk, Random& random, EventLog& events)
      : directory_(options.directory),
        disk_(disk),
        random_(random),
        events_(events),
        quarantine_(options.directory, disk, events, metrics_) {}

  Result<void> write_manifest(const Manifest& manifest) {
    auto file = disk_.open(directory_ + "/pool", OpenMode::kReadWrite);
    if (!file) return file.error();
    if (auto kept = keep_bad_areas(**file, quarantine_); !kept) return kept;
    ManifestAreas areas;
    for (std::uint32_t area = 0; area < kManifestAreas; ++area) {  // each goes to one that is bad
      if (auto written = areas.write(**file, manifest); !written) return written.error();
      if (auto flushed = (*file)->sync_data(); !flushed) return flushed;
      areas.flushed(true);
    }
    return {};
  }

  Result<void> heal(const RepairPlan& plan) {
    if (auto opened = open(plan); !opened) return opened;
    for (const std::uint32_t slot : plan.rotten_slots)
      if (auto emptied = Relocation(*journal_, quarantine_, slot).run(); !emptied) return emptied;
    // As many go through all areas, whichever are bad.
    for (std::uint32_t saved = 1; saved < kManifestAreas; ++saved)
      if (auto done = journal_->save(journal_->catalog()); !done) return done;
    return journal_->save(journal_->catalog(), true);
  }

 private:
  // As a start does it: flush what an earlier run may have left, copy the newest frame, and rest on both.
  Result<void> open(const RepairPlan& plan) {
    auto file = disk_.open(directory_ + "/pool", OpenMode::kReadWrite);
    if (!file) return file.error();
    if (auto flushed = (*file)->sync_data(); !flushed) return flushed;
    auto contents = read_contents(**file);
    if (!contents) return contents.error();
    const Catalog as_loaded = contents->catalog;
    auto last = read_tail(**file, contents->catalog,
                          [&](std::uint64_t position, Bytes bytes) { quarantine_.keep(position, bytes); });
    if (!last) return last.error();
    Manifest& manifest = contents->catalog.manifest();
    options_.directory = directory_;
    const auto& rotten = plan.rotten_slots;
    if (std::find(rotten.begin(), rotten.end(), manifest.tail.slot) != rotten.end())
      manifest.tail.position = manifest.slot_bytes;  // what is copied out of it must not go into it
    contents->catalog.configure_as_stored();
    journal_.emplace(options_, std::move(*file), std::move(contents->catalog), contents->areas, random_, events_,
                     metrics_);
    if (auto synced = sync_entries(directory_, disk_); !synced) return synced;
    if (!last->empty())
      if (auto copied = journal_->secure(*last, as_loaded); !copied) return copied;
    return journal_->save(journal_->catalog());
  }

  const std::string directory_;
  Disk& disk_;
  Random& random_;
  EventLog& events_;
  Metrics metrics_;
  Quarantine quarantine_;
  LogOptions options_;
  std::optional<Journal> journal_;
};

}  // namespace

Result<RepairPlan> plan_repair(const RepairOptions& options, Disk& disk, Random& random) {
  RepairPlan plan;
  const auto view = StoreView::open(options.directory, disk);
  if (view) {
    auto found = verify(**view);
    if (!found) return found.error();
    plan.found = std::move(*found);
    plan.rotten_slots = slots_with_faults(plan.found, (*view)->manifest().slots.size());
    return plan;
  }
  if (view.error().kind != ErrorKind::kCorrupt) return view.error();
  plan.no_manifest = view.error().message;
  const auto file = ReadOnlyDisk(disk).open(options.directory + "/pool", OpenMode::kRead);
  if (!file) return file.error();
  auto rebuilt = rebuild(**file, options.layout, options.stream_names, random);
  if (!rebuilt) return rebuilt.error();
  plan.rebuilt = std::move(*rebuilt);
  return plan;
}

Result<void> carry_out(const RepairPlan& plan, const RepairOptions& options, Disk& disk, Random& random,
                       EventLog& events) {
  if (plan.no_manifest.empty()) return Surgery(options, disk, random, events).heal(plan);
  if (plan.rebuilt && !plan.rebuilt->empty()) {
    auto written = Surgery(options, disk, random, events).write_manifest(plan.rebuilt->manifest);
    if (!written) return written;
    const auto rest = plan_repair(options, disk, random);
    if (!rest) return rest.error();
    return rest->nothing_to_do() ? written : Surgery(options, disk, random, events).heal(*rest);
  }
  if (auto aside = set_pool_aside(options.directory, disk, events, plan.no_manifest); !aside) return aside;
  return disk.sync_directory(options.directory);
}

}  // namespace tidegate::store
