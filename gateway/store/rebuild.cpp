#include "gateway/store/rebuild.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "gateway/store/catalog.hpp"
#include "gateway/store/frame_walker.hpp"

namespace tidegate::store {

namespace {

constexpr std::uint32_t kChunkBytes = 1 << 20;

/// The present use of a slot, as its frames show it.
struct SlotUse {
  std::uint32_t slot = 0;
  std::uint64_t salt = 0;
  std::uint64_t first_commit = 0;
};

struct Found {
  std::optional<SlotUse> use;
  bool unproven = false;
};

/// Looks through one slot for frames whose check sums agree on one salt.
class UseFinder {
 public:
  UseFinder(File& file, const Layout& layout, std::uint32_t slot) : file_(file), layout_(layout), slot_(slot) {}

  // The present use begins where the slot begins, and what an earlier one left lies behind it with lower commits. So it
  // is the first salt that two frames agree on, unless a frame before them belongs to a later commit: then the present
  // use has just that one frame, and what follows is stale.
  Result<Found> find() {
    std::uint32_t position = 0;
    while (position < layout_.slot_bytes) {
      const auto length = look_at(position);
      if (!length) return length.error();
      if (proven_) break;
      position += std::max(*length, layout_.frame_alignment);
    }
    const bool any = !commits_.empty();
    if (!proven_ || *commits_.rbegin() > last_commit_) return Found{std::nullopt, any};
    return Found{SlotUse{slot_, *proven_, first_commit_of_[*proven_]}, false};
  }

 private:
  // The length of what may be a frame, with padding; 0 if none begins here.
  Result<std::uint32_t> look_at(std::uint32_t position) {
    Buffer bytes(kFrameHeaderBytes);
    const std::uint64_t place = layout_.at(slot_, position);
    if (const auto got = file_.read_at(place, bytes); !got) return got.error();
    const auto length = frame_bytes(bytes);
    if (!length || *length > layout_.slot_bytes - position) return std::uint32_t{0};
    bytes.resize(*length);
    if (const auto got = file_.read_at(place, bytes); !got) return got.error();
    const std::uint64_t salt = salt_of_frame(bytes, place).value_or(0);
    last_commit_ = frame_commit(bytes).value_or(0);
    if (!first_commit_of_.emplace(salt, last_commit_).second) proven_ = salt;
    commits_.insert(last_commit_);
    return static_cast<std::uint32_t>(round_up(*length, layout_.frame_alignment));
  }

  File& file_;
  const Layout& layout_;
  std::uint32_t slot_;
  std::map<std::uint64_t, std::uint64_t> first_commit_of_;  // by salt
  std::set<std::uint64_t> commits_;
  std::uint64_t last_commit_ = 0;
  std::optional<std::uint64_t> proven_;
};

/// Applies frames in order of their commits, and keeps beside the catalog what a manifest says and a frame does not.
class Gatherer {
 public:
  Gatherer(Rebuilt& rebuilt, const std::vector<std::string>& names)
      : rebuilt_(rebuilt), names_(names), catalog_(std::move(rebuilt.manifest)) {}

  Result<void> gather(File& file, const Layout& layout, const SlotUse& use) {
    catalog_.activate(use.slot, use.salt);
    FrameWalker walker(file, layout, {use.slot, use.salt, 0, layout.slot_bytes}, kChunkBytes);
    while (const auto step = walker.next()) {
      if (!step->frame) continue;
      if (step->frame->format > kNewestFormat) return later_format(step->frame->format);
      std::uint16_t& format = catalog_.manifest().format;
      format = std::max<std::uint16_t>(format, step->frame->format);
      take(*step->frame);
      catalog_.apply(*step->frame, use.slot);
      catalog_.manifest().slots[use.slot].used = step->position + step->length;
    }
    return walker.outcome();
  }

  // Cursors last: one may be beyond records that are gone, and then says where its stream ends.
  void finish() {
    for (StreamRecord& stream : catalog_.manifest().streams) {
      for (const auto& [first, name] : names_of_[stream.id]) begin_incarnation(stream, name, first);
      for (const auto& [key, cursor] : cursors_)
        if (std::get<0>(key) == stream.id) stream.next = std::max(stream.next, cursor.position);
    }
    for (const auto& [key, cursor] : cursors_)
      catalog_.apply(CursorSection{std::get<0>(key), cursor.upstream, cursor.lane, {}, cursor.position, cursor.end});
    rebuilt_.manifest = catalog_.manifest();
    rebuilt_.manifest.tail.position = rebuilt_.manifest.slot_bytes;  // nothing is written behind what is found
  }

 private:
  using LaneKey = std::tuple<StreamId, std::string, Lane>;

  void take(const Frame& frame) {
    for (const RecordsSection& section : frame.records) {
      if (!add_stream(section.stream)) continue;
      note_name(names_of_[section.stream], section.first, section.incarnation);
      Message message;
      if (!rebuilt_.topics.contains(section.stream) && RecordReader(section.run).next(message))
        rebuilt_.topics[section.stream] = message.topic;
    }
    for (const CursorSection& section : frame.cursors) {
      if (!add_stream(section.stream)) continue;
      LaneCursor& cursor = cursors_[{section.stream, std::string(section.upstream), section.lane}];
      cursor = {std::string(section.upstream), section.lane, std::max(cursor.position, section.position), section.end};
    }
  }

  bool add_stream(StreamId id) {
    if (catalog_.find(id) != nullptr) return true;
    std::vector<StreamRecord>& streams = catalog_.manifest().streams;
    if (streams.size() >= kMaxStreams) return false;
    StreamRecord stream;
    stream.id = id;
    stream.name = id.value < names_.size() ? names_[id.value] : "recovered-" + std::to_string(id.value);
    streams.push_back(std::move(stream));
    return true;
  }

  // Only where the name changes is kept: a pool holds millions of sections.
  static void note_name(std::map<Offset, Incarnation>& names, Offset first, const Incarnation& name) {
    const auto next = names.upper_bound(first);
    if (next != names.begin() && std::prev(next)->second == name) return;
    if (next != names.end() && next->second == name) names.erase(next);
    names[first] = name;
  }

  Rebuilt& rebuilt_;
  const std::vector<std::string>& names_;
  Catalog catalog_;
  std::map<StreamId, std::map<Offset, Incarnation>> names_of_;
  std::map<LaneKey, LaneCursor> cursors_;
};

}  // namespace

Result<Rebuilt> rebuild(File& file, const Layout& layout, const std::vector<std::string>& names, Random& random) {
  const auto size = file.size();
  if (!size) return size.error();
  Rebuilt rebuilt;
  Manifest& manifest = rebuilt.manifest;
  manifest.format = kFirstFormat;  // and later with the first frame that is
  random.fill(manifest.store_id);
  manifest.slot_bytes = layout.slot_bytes;
  manifest.frame_alignment = layout.frame_alignment;
  const std::uint64_t slots = *size > kFirstSlotAt ? (*size - kFirstSlotAt) / layout.slot_bytes : 0;
  manifest.slots.resize(static_cast<std::size_t>(std::min<std::uint64_t>(slots, kMaxSlots)));

  std::vector<SlotUse> uses;
  for (std::uint32_t slot = 0; slot < manifest.slots.size(); ++slot) {
    const auto found = UseFinder(file, layout, slot).find();
    if (!found) return found.error();
    if (found->use) uses.push_back(*found->use);
    if (found->unproven) rebuilt.unproven.push_back(slot);
  }
  std::sort(uses.begin(), uses.end(),
            [](const SlotUse& a, const SlotUse& b) { return a.first_commit < b.first_commit; });
  Gatherer gatherer(rebuilt, names);
  for (const SlotUse& use : uses)
    if (auto gathered = gatherer.gather(file, layout, use); !gathered) return gathered.error();
  gatherer.finish();
  return rebuilt;
}

}  // namespace tidegate::store
