#include "gateway/store/recovery.hpp"

#include <algorithm>

#include "gateway/store/frame_walker.hpp"
#include "gateway/store/journal.hpp"

namespace tidegate::store {

namespace {

struct Pool {
  std::unique_ptr<File> file;
  Manifest manifest;
  ManifestAreas areas;
};

Result<Pool> load_pool(std::unique_ptr<File> file) {
  Pool pool;
  auto manifest = pool.areas.load(*file);
  if (!manifest) return manifest.error();
  const auto size = file->size();
  if (!size) return size.error();
  // How many slots there are is the file's word, not the manifest's: the newest one may have been added since.
  const std::uint64_t slots = *size > kFirstSlotAt ? (*size - kFirstSlotAt) / manifest->slot_bytes : 0;
  if (slots == 0) return Error{ErrorKind::kCorrupt, "the pool has no slot"};
  manifest->slots.resize(static_cast<std::size_t>(std::min<std::uint64_t>(slots, kMaxSlots)));
  pool.file = std::move(file);
  pool.manifest = std::move(*manifest);
  return pool;
}

// Only bytes that were read and mean nothing are set aside, and only a pool that is not there is made anew: whatever
// else fails may be well a moment later, and the backlog with it.
bool is_useless(ErrorKind kind) {
  return kind == ErrorKind::kCorrupt || kind == ErrorKind::kUnsupported || kind == ErrorKind::kInvalid;
}

Result<Pool> open_existing(const LogOptions& options, Disk& disk) {
  auto file = disk.open(options.directory + "/pool", OpenMode::kReadWrite);
  if (!file) return file.error();
  // What an earlier run had written and was killed before it flushed is made sure before anything rests on it. Without
  // this two starts that are killed could leave two manifests that only the page cache knows, and no area to spare.
  if (auto flushed = (*file)->sync_data(); !flushed) return flushed.error();
  return load_pool(std::move(*file));
}

Result<Pool> open_pool(const LogOptions& options, Disk& disk, Random& random, EventLog& events) {
  auto pool = open_existing(options, disk);
  if (pool) return pool;
  if (is_useless(pool.error().kind)) {
    auto aside = set_pool_aside(options.directory, disk, events, pool.error().message);
    if (!aside) return aside.error();
  } else if (pool.error().kind != ErrorKind::kNotFound) {
    return pool;
  }
  auto created = create_pool(options, random, disk);
  if (!created) return created.error();
  events.info("store.created", {{"directory", options.directory}});
  return load_pool(std::move(*created));
}

// Slots that the file does not have (any more) hold nothing; their offsets are named corrupt when they are read.
void drop_missing_slots(Manifest& manifest) {
  for (StreamRecord& stream : manifest.streams) {
    std::vector<std::uint32_t> missing;
    for (const auto& [first, extent] : stream.extents) {
      if (extent.slot >= manifest.slots.size()) missing.push_back(extent.slot);
    }
    for (const std::uint32_t slot : missing) stream.extents.erase_slot(slot);
  }
  if (manifest.tail.slot < manifest.slots.size()) return;
  manifest.tail.slot = 0;
  manifest.tail.position = manifest.slot_bytes;
}

FrameWriter copy_of(const Frame& frame) {
  FrameWriter copy;
  for (RecordsSection section : frame.records) {
    section.relocated = true;
    copy.add(section);
  }
  for (const CursorSection& section : frame.cursors) copy.add(section);
  for (const SkipSection& section : frame.skips) copy.add(section);
  return copy;
}

// One read: the manifest is never further behind than this.
Result<void> read_tail(Recovered& found, Quarantine& quarantine) {
  Manifest& manifest = found.catalog.manifest();
  const Tail tail = manifest.tail;
  manifest.tail.clean = false;  // no longer
  if (tail.clean || tail.position >= manifest.slot_bytes) return {};
  Slot& slot = manifest.slots[tail.slot];
  const std::uint32_t window = std::min(manifest.slot_bytes - tail.position, kCheckpointBytes + kMaxFrameBytes);
  const Layout layout{manifest.slot_bytes, manifest.frame_alignment};
  FrameWalker walker(*found.file, layout, {tail.slot, slot.salt, tail.position, tail.position + window}, window);
  std::uint64_t stretch_at = 0;
  Buffer stretch;  // rotten if a frame follows, else the torn tail
  while (const auto step = walker.next()) {
    if (!step->frame) {
      stretch_at = layout.at(tail.slot, step->position);
      stretch.assign(step->bytes.begin(), step->bytes.end());
      continue;
    }
    if (!stretch.empty()) quarantine.keep(stretch_at, stretch);
    stretch.clear();
    found.catalog.apply(*step->frame, tail.slot);
    found.last_frame = copy_of(*step->frame);
    slot.used = step->position + step->length;
  }
  return walker.outcome();
}

}  // namespace

Result<Recovered> recover(const LogOptions& options, Disk& disk, Random& random, Quarantine& quarantine,
                          EventLog& events) {
  auto pool = open_pool(options, disk, random, events);
  if (!pool) return pool.error();
  drop_missing_slots(pool->manifest);
  Recovered found;
  found.file = std::move(pool->file);
  found.areas = pool->areas;
  found.catalog = Catalog(std::move(pool->manifest));
  if (auto read = read_tail(found, quarantine); !read) return read.error();
  if (auto bound = found.catalog.configure(options, random, events); !bound) return bound.error();
  return found;
}

}  // namespace tidegate::store
