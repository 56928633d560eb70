#include "gateway/store/verification.hpp"

#include <map>
#include <utility>

#include "gateway/store/frame_walker.hpp"
#include "gateway/store/manifest_areas.hpp"

namespace tidegate::store {

namespace {

constexpr std::uint32_t kChunkBytes = 256 << 10;

// A gateway may be writing one: a second look shows it whole.
Result<void> verify_areas(const StoreView& view, Verification& found) {
  constexpr int kLooks = 5;
  for (std::uint32_t area = 0; area < kManifestAreas; ++area) {
    std::uint32_t copies = kManifestCopies;
    for (std::uint32_t copy = 0; copy < copies; ++copy) {
      auto manifest = read_manifest(view.file(), area, copy);
      for (int look = 1; look < kLooks && !manifest; ++look) manifest = read_manifest(view.file(), area, copy);
      if (manifest) copies = copies_of_manifest(round_up(encode_manifest(*manifest).size(), manifest->frame_alignment));
      if (manifest || manifest.error().kind == ErrorKind::kNotFound) continue;
      if (can_retry(manifest.error().kind)) return manifest.error();
      found.bad_areas.push_back({area, "copy " + std::to_string(copy) + ": " + manifest.error().message});
    }
  }
  return {};
}

bool decodes(const RecordsSection& section) {
  RecordReader reader(section.run);
  Message message;
  std::uint32_t count = 0;
  while (reader.next(message)) ++count;
  return reader.ok() && count == section.count;
}

/// What the manifest says lies in one slot, less what was found there.
class Expected {
 public:
  Expected(const StoreView& view, std::uint32_t slot) : view_(view), slot_(slot) {
    for (const StreamRecord& stream : view.manifest().streams)
      for (const auto& [first, extent] : stream.extents)
        if (extent.slot == slot) missing_[stream.id].put(extent);
  }

  void take(const RecordsSection& section) {
    if (const auto at = missing_.find(section.stream); at != missing_.end())
      at->second.erase(section.first, section.end());
  }

  [[nodiscard]] std::vector<LostRecords> missing() const {
    std::vector<LostRecords> lost;
    for (const StreamRecord& stream : view_.manifest().streams) {
      const auto at = missing_.find(stream.id);
      if (at == missing_.end()) continue;
      for (const auto& [first, extent] : at->second)
        lost.push_back({stream.name, first, extent.end(), slot_, extent.end() > owed_from(stream)});
    }
    return lost;
  }

 private:
  const StoreView& view_;
  std::uint32_t slot_;
  std::map<StreamId, ExtentMap> missing_;
};

Result<void> verify_slot(const StoreView& view, std::uint32_t number, Verification& found) {
  const Slot& slot = view.manifest().slots[number];
  Expected expected(view, number);
  std::vector<RotStretch> rot;
  FrameWalker walker(view.file(), view.layout(), {number, slot.salt, 0, slot.used}, kChunkBytes);
  while (const auto step = walker.next()) {
    if (!step->frame) {
      rot.push_back({number, view.layout().at(number, step->position), step->length});
      continue;
    }
    ++found.frames;
    for (const RecordsSection& section : step->frame->records) {
      if (!decodes(section)) continue;
      found.records += section.count;
      expected.take(section);
    }
  }
  if (!walker.outcome()) return walker.outcome();
  ++found.slots;
  const std::vector<LostRecords> lost = expected.missing();
  if (rot.empty() && lost.empty()) return {};
  const auto reused = view.is_reused(number);
  if (!reused) return reused.error();
  if (*reused) {
    ++found.reused;
    return {};
  }
  found.rot.insert(found.rot.end(), rot.begin(), rot.end());
  found.lost.insert(found.lost.end(), lost.begin(), lost.end());
  return {};
}

}  // namespace

Result<Verification> verify(const StoreView& view) {
  Verification found;
  for (const PoolContents::Missing& missing : view.missing()) {
    const Extent& extent = missing.extent;
    const Offset owed = owed_from(view.catalog().stream(*view.find(missing.stream)));
    found.lost.push_back({missing.stream, extent.first, extent.end(), extent.slot, extent.end() > owed});
  }
  if (auto areas = verify_areas(view, found); !areas) return areas.error();
  for (const std::uint32_t slot : slots_in_use(view.manifest()))
    if (auto done = verify_slot(view, slot, found); !done) return done.error();
  return found;
}

}  // namespace tidegate::store
