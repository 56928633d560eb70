#include "gateway/store/pool_contents.hpp"

#include <algorithm>
#include <utility>

#include "gateway/store/frame_walker.hpp"
#include "gateway/store/journal.hpp"

namespace tidegate::store {

namespace {

// Slots that the file does not have (any more) hold nothing; their offsets are named corrupt when they are read.
std::vector<PoolContents::Missing> take_out_missing(Manifest& manifest) {
  std::vector<PoolContents::Missing> missing;
  for (StreamRecord& stream : manifest.streams) {
    const std::size_t before = missing.size();
    for (const auto& [first, extent] : stream.extents) {
      if (extent.slot >= manifest.slots.size()) missing.push_back({stream.name, extent});
    }
    for (std::size_t i = before; i < missing.size(); ++i) stream.extents.erase_slot(missing[i].extent.slot);
  }
  if (manifest.tail.slot >= manifest.slots.size()) {
    manifest.tail.slot = 0;
    manifest.tail.position = manifest.slot_bytes;
  }
  if (manifest.older_tail && manifest.older_tail->slot >= manifest.slots.size()) manifest.older_tail.reset();
  return missing;
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
Result<void> read_frames(File& file, Catalog& catalog, SlotPosition from, const RotListener& rot, FrameWriter& newest) {
  Manifest& manifest = catalog.manifest();
  if (from.position >= manifest.slot_bytes) return {};
  Slot& slot = manifest.slots[from.slot];
  const std::uint32_t window = std::min(manifest.slot_bytes - from.position, kCheckpointBytes + kMaxFrameBytes);
  const Layout layout{manifest.slot_bytes, manifest.frame_alignment};
  FrameWalker walker(file, layout, {from.slot, slot.salt, from.position, from.position + window}, window);
  std::uint64_t stretch_at = 0;
  Buffer stretch;  // rotten if a frame follows, else the torn tail
  while (const auto step = walker.next()) {
    if (!step->frame) {
      stretch_at = layout.at(from.slot, step->position);
      stretch.assign(step->bytes.begin(), step->bytes.end());
      continue;
    }
    if (step->frame->format > kNewestFormat) return later_format(step->frame->format);
    if (!stretch.empty()) rot(stretch_at, stretch);
    stretch.clear();
    catalog.apply(*step->frame, from.slot);
    newest = copy_of(*step->frame);
    slot.used = step->position + step->length;
  }
  return walker.outcome();
}

}  // namespace

Result<PoolContents> read_contents(File& file) {
  PoolContents contents;
  auto manifest = contents.areas.load(file);
  if (!manifest) return manifest.error();
  const auto size = file.size();
  if (!size) return size.error();
  // The newest slot may have been added since the manifest was written.
  const std::uint64_t slots = *size > kFirstSlotAt ? (*size - kFirstSlotAt) / manifest->slot_bytes : 0;
  if (slots == 0) return Error{ErrorKind::kCorrupt, "the pool has no slot"};
  manifest->slots.resize(static_cast<std::size_t>(std::min<std::uint64_t>(slots, kMaxSlots)));
  contents.missing = take_out_missing(*manifest);
  contents.catalog = Catalog(std::move(*manifest));
  return contents;
}

Result<FrameWriter> read_tail(File& file, Catalog& catalog, const RotListener& rot) {
  Manifest& manifest = catalog.manifest();
  const Tail tail = manifest.tail;
  manifest.tail.clean = false;  // no longer
  const auto older = std::exchange(manifest.older_tail, std::nullopt);
  FrameWriter newest;
  if (tail.clean) return newest;
  if (older)
    if (auto read = read_frames(file, catalog, *older, rot, newest); !read) return read.error();
  if (auto read = read_frames(file, catalog, {tail.slot, tail.position}, rot, newest); !read) return read.error();
  return newest;
}

}  // namespace tidegate::store
