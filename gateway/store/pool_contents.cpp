#include "gateway/store/pool_contents.hpp"

#include <algorithm>

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

// One read: the manifest is never further behind than this.
Result<FrameWriter> read_tail(File& file, Catalog& catalog, const RotListener& rot) {
  Manifest& manifest = catalog.manifest();
  const Tail tail = manifest.tail;
  manifest.tail.clean = false;  // no longer
  FrameWriter last;
  if (tail.clean || tail.position >= manifest.slot_bytes) return last;
  Slot& slot = manifest.slots[tail.slot];
  const std::uint32_t window = std::min(manifest.slot_bytes - tail.position, kCheckpointBytes + kMaxFrameBytes);
  const Layout layout{manifest.slot_bytes, manifest.frame_alignment};
  FrameWalker walker(file, layout, {tail.slot, slot.salt, tail.position, tail.position + window}, window);
  std::uint64_t stretch_at = 0;
  Buffer stretch;  // rotten if a frame follows, else the torn tail
  while (const auto step = walker.next()) {
    if (!step->frame) {
      stretch_at = layout.at(tail.slot, step->position);
      stretch.assign(step->bytes.begin(), step->bytes.end());
      continue;
    }
    if (!stretch.empty()) rot(stretch_at, stretch);
    stretch.clear();
    catalog.apply(*step->frame, tail.slot);
    last = copy_of(*step->frame);
    slot.used = step->position + step->length;
  }
  if (!walker.outcome()) return walker.outcome().error();
  return last;
}

}  // namespace tidegate::store
