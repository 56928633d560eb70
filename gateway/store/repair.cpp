#include "gateway/store/repair.hpp"

#include <set>
#include <utility>

#include "gateway/base/read_only_disk.hpp"
#include "gateway/store/manifest_areas.hpp"
#include "gateway/store/offline_pool.hpp"
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

Result<void> write_manifest(const Manifest& manifest, const std::string& directory, Disk& disk, EventLog& events) {
  auto file = disk.open(directory + "/pool", OpenMode::kReadWrite);
  if (!file) return file.error();
  Metrics metrics;
  Quarantine quarantine(directory, disk, events, metrics);
  if (auto kept = keep_bad_areas(**file, quarantine); !kept) return kept;
  ManifestAreas areas;
  for (std::uint32_t area = 0; area < kManifestAreas; ++area) {  // each goes to one that is bad
    if (auto written = areas.write(**file, manifest); !written) return written.error();
    if (auto flushed = (*file)->sync_data(); !flushed) return flushed;
    areas.flushed(true);
  }
  return {};
}

Result<void> heal(const RepairPlan& plan, const std::string& directory, Disk& disk, Random& random, EventLog& events) {
  OfflinePool pool(directory, disk, random, events);
  if (auto opened = pool.open(plan.rotten_slots); !opened) return opened;
  Journal& journal = pool.journal();
  for (const std::uint32_t slot : plan.rotten_slots)
    if (auto emptied = Relocation(journal, pool.quarantine(), slot).run(); !emptied) return emptied;
  // As many go through all areas, whichever are bad.
  for (std::uint32_t saved = 1; saved < kManifestAreas; ++saved)
    if (auto done = journal.save(journal.catalog()); !done) return done;
  return journal.save(journal.catalog(), true);
}

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
  if (plan.no_manifest.empty()) return heal(plan, options.directory, disk, random, events);
  if (plan.rebuilt && !plan.rebuilt->empty()) {
    auto written = write_manifest(plan.rebuilt->manifest, options.directory, disk, events);
    if (!written) return written;
    const auto rest = plan_repair(options, disk, random);
    if (!rest) return rest.error();
    return rest->nothing_to_do() ? written : heal(*rest, options.directory, disk, random, events);
  }
  if (auto aside = set_aside(options.directory, "pool", disk, events, {ErrorKind::kCorrupt, plan.no_manifest}); !aside)
    return aside;
  return disk.sync_directory(options.directory);
}

}  // namespace tidegate::store
