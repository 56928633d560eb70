#include "gateway/store/catalog.hpp"

#include <algorithm>
#include <numeric>

namespace tidegate::store {

namespace {

// Kept although delivered: an upstream that has more of one than its range held shows that this store is a copy.
constexpr std::size_t kIncarnationsToCompare = 8;

// An upstream has confirmed everything before the lowest position of a lane that is not finished.
Offset confirmed_by(const StreamRecord& stream, const std::string& upstream) {
  Offset finished{0};
  Offset open = kOpenEnd;
  for (const LaneCursor& lane : stream.cursors) {
    if (lane.upstream != upstream) continue;
    if (lane.position < lane.end) {
      open = std::min(open, lane.position);
    } else {
      finished = std::max(finished, lane.end);
    }
  }
  return open == kOpenEnd ? finished : open;
}

// Everything before this has been confirmed by every upstream. Nobody has confirmed what no upstream takes.
Offset confirmed_to(const StreamRecord& stream) {
  Offset confirmed = stream.cursors.empty() ? Offset{0} : stream.next;
  for (const LaneCursor& lane : stream.cursors) confirmed = std::min(confirmed, confirmed_by(stream, lane.upstream));
  return confirmed;
}

// Not by what still lies on the disk: delivered records stay until their slot is used again, which may be never.
void forget_delivered_incarnations(StreamRecord& stream) {
  Offset needed = stream.given_up;
  for (const LaneCursor& lane : stream.cursors) needed = std::min(needed, lane.position);
  std::vector<IncarnationRange>& ranges = stream.incarnations;
  while (ranges.size() > kIncarnationsToCompare && ranges[1].first <= needed) ranges.erase(ranges.begin());
}

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

void add_skip(std::vector<Skip>& skips, Offset from, Offset to, SkipReason reason) {
  if (from < to) skips.push_back({from, to, reason});
}

}  // namespace

Result<void> Catalog::configure(const LogOptions& options, Random& random, EventLog& events) {
  places_.clear();
  for (const StreamOptions& stream : options.streams) {
    if (auto bound = bind(stream); !bound) return bound;
  }
  begin_incarnations(options.board_id, random, events);
  release_unconfigured(options, events);
  for (const StreamOptions& stream : options.streams) {
    const auto same_name = [&](const StreamRecord& record) { return record.name == stream.name; };
    const auto at = std::find_if(manifest_.streams.begin(), manifest_.streams.end(), same_name);
    places_.push_back(static_cast<std::size_t>(at - manifest_.streams.begin()));
  }
  if (manifest_.streams.size() > kMaxStreams)
    return Error{ErrorKind::kTooLarge, "more than " + std::to_string(kMaxStreams) + " streams"};
  return {};
}

void Catalog::configure_as_stored() {
  places_.resize(manifest_.streams.size());
  std::iota(places_.begin(), places_.end(), std::size_t{0});
}

// What was written before this start may be what another store has as well: a copy of the card, a backup, its original.
// What is written from now on nobody has, so it gets a name of its own, whatever any upstream knows.
void Catalog::begin_incarnations(const std::string& board_id, Random& random, EventLog& events) {
  const bool other_board = manifest_.board_id != board_id;
  if (other_board && !manifest_.board_id.empty())
    events.warning("store.board_changed", {{"stored", manifest_.board_id}, {"now", board_id}});
  manifest_.board_id = board_id;
  for (StreamRecord& stream : manifest_.streams) {
    forget_delivered_incarnations(stream);
    if (stream.incarnations.size() == kMaxIncarnations)
      events.warning(
          "store.oldest_names_joined",
          {{"stream", stream.name},
           {"starts_without_delivery", std::uint64_t{kMaxIncarnations}},
           {"meaning", "what an upstream took of the oldest and did not confirm, it may get a second time"}});
    begin_incarnation(stream, draw_incarnation(random), stream.next);
  }
}

Result<void> Catalog::bind(const StreamOptions& options) {
  if (options.name.empty() || options.name.size() > kMaxNameBytes || options.upstreams.size() > kMaxCursors / 2)
    return Error{ErrorKind::kInvalid, "stream " + options.name + ": its name or its upstreams are over a limit"};
  const auto same_name = [&](const StreamRecord& record) { return record.name == options.name; };
  auto at = std::find_if(manifest_.streams.begin(), manifest_.streams.end(), same_name);
  if (at == manifest_.streams.end()) {
    StreamRecord fresh;
    for (const StreamRecord& other : manifest_.streams)
      fresh.id.value = std::max(fresh.id.value, static_cast<std::uint16_t>(other.id.value + 1));
    fresh.name = options.name;
    at = manifest_.streams.insert(manifest_.streams.end(), std::move(fresh));
  }
  std::erase_if(at->cursors, [&](const LaneCursor& lane) { return !contains(options.upstreams, lane.upstream); });
  // What is older has lost its incarnation: everybody else has had it.
  const Offset named = at->incarnations.empty() ? Offset{0} : at->incarnations.front().first;
  const Offset oldest = std::max(first_offset(*at), named);
  for (const std::string& upstream : options.upstreams) {
    if (upstream.size() > kMaxNameBytes) return Error{ErrorKind::kInvalid, "upstream name too long: " + upstream};
    const auto of_upstream = [&](const LaneCursor& lane) { return lane.upstream == upstream; };
    if (std::none_of(at->cursors.begin(), at->cursors.end(), of_upstream))
      at->cursors.push_back({upstream, Lane{0}, oldest, kOpenEnd});
  }
  at->given_up = std::max(at->given_up, confirmed_to(*at));
  at->kept_from = options.keep.count() > 0 ? Offset{0} : kOpenEnd;
  return {};
}

void Catalog::release_unconfigured(const LogOptions& options, EventLog& events) {
  std::erase_if(manifest_.streams, [&](StreamRecord& stream) {
    const auto same_name = [&](const StreamOptions& wanted) { return wanted.name == stream.name; };
    if (std::any_of(options.streams.begin(), options.streams.end(), same_name)) return false;
    stream.cursors.clear();
    const std::uint64_t kept = live_bytes(stream);
    if (kept > 0)
      events.warning("store.stream_not_configured",
                     {{"stream", stream.name}, {"bytes_kept", kept}, {"to_deliver", "configure the stream again"}});
    return kept == 0;
  });
}

std::optional<StreamIndex> Catalog::index_of(StreamId id) const {
  for (std::size_t i = 0; i < places_.size(); ++i) {
    if (manifest_.streams[places_[i]].id == id) return StreamIndex{static_cast<std::uint16_t>(i)};
  }
  return std::nullopt;
}

StreamRecord* Catalog::find(StreamId id) {
  for (StreamRecord& stream : manifest_.streams) {
    if (stream.id == id) return &stream;
  }
  return nullptr;
}

void Catalog::apply(const Frame& frame, std::uint32_t slot) {
  for (const RecordsSection& section : frame.records) apply(section, slot);
  for (const SkipSection& section : frame.skips) apply(section);
  for (const CursorSection& section : frame.cursors) apply(section);
  manifest_.tail.next_commit = frame.commit + 1;
}

void Catalog::apply(const RecordsSection& section, std::uint32_t slot) {
  StreamRecord* stream = find(section.stream);
  if (stream == nullptr) return;
  // New records say where the stream ends, and a later frame knows better than an earlier one. A copy only says where
  // old records lie.
  if (section.relocated) {
    stream->next = std::max(stream->next, section.end());
  } else {
    stream->next = section.end();
    stream->extents.erase(section.first, kOpenEnd);
  }
  stream->extents.put({section.first, section.count, section.run.size(), slot});
}

void Catalog::apply(const SkipSection& section) {
  StreamRecord* stream = find(section.stream);
  if (stream == nullptr || section.reason != SkipReason::kEvicted) return;
  evict(*stream, section.to);
}

void Catalog::apply(const CursorSection& section) {
  StreamRecord* stream = find(section.stream);
  if (stream == nullptr) return;
  const auto same_lane = [&](const LaneCursor& lane) {
    return lane.upstream == section.upstream && lane.lane == section.lane;
  };
  auto at = std::find_if(stream->cursors.begin(), stream->cursors.end(), same_lane);
  if (at == stream->cursors.end()) {
    if (stream->cursors.size() >= kMaxCursors) return;
    at = stream->cursors.insert(at, {std::string(section.upstream), section.lane, Offset{0}, section.end});
  }
  at->position = std::max(at->position, std::min(section.position, stream->next));
  at->end = section.end;
  stream->given_up = std::max(stream->given_up, confirmed_to(*stream));
}

void Catalog::activate(std::uint32_t slot, std::uint64_t salt) {
  std::uint64_t newest = 0;
  for (const Slot& other : manifest_.slots) newest = std::max(newest, other.sequence);
  for (StreamRecord& stream : manifest_.streams) stream.extents.erase_slot(slot);
  manifest_.slots[slot] = {salt, newest + 1, 0};
  manifest_.tail.slot = slot;
}

std::vector<std::uint64_t> Catalog::owed_by_slot() const {
  std::vector<std::uint64_t> owed(manifest_.slots.size());
  for (const StreamRecord& stream : manifest_.streams) {
    const Offset from = owed_from(stream);
    for (const auto& [first, extent] : stream.extents) {
      if (extent.end() <= from || extent.slot >= owed.size()) continue;
      owed[extent.slot] += std::max<std::uint64_t>(1, cut(extent, std::max(first, from), extent.end()).bytes);
    }
  }
  return owed;
}

std::vector<bool> Catalog::keeps_by_slot() const {
  std::vector<bool> keeps(manifest_.slots.size());
  for (const StreamRecord& stream : manifest_.streams) {
    for (const auto& [first, extent] : stream.extents)
      if (extent.end() > stream.kept_from && extent.slot < keeps.size()) keeps[extent.slot] = true;
  }
  return keeps;
}

Offset owed_from(const StreamRecord& stream) { return std::max(stream.given_up, stream.evicted_to); }

std::uint64_t live_bytes(const StreamRecord& stream) { return stream.extents.bytes_from(owed_from(stream)); }

// What is delivered stays where it lies.
void evict(StreamRecord& stream, Offset to) {
  stream.extents.erase(owed_from(stream), to);
  stream.evicted_to = std::max(stream.evicted_to, to);
}

Offset first_offset(const StreamRecord& stream) {
  const Offset oldest = stream.extents.empty() ? stream.next : stream.extents.begin()->first;
  return std::min(oldest, stream.given_up);
}

std::vector<Skip> name_missing(const StreamRecord& stream, Offset from, Offset to) {
  std::vector<Skip> skips;
  const Offset confirmed = std::clamp(stream.given_up, from, to);
  const Offset evicted = std::clamp(stream.evicted_to, confirmed, to);
  add_skip(skips, from, confirmed, SkipReason::kElsewhere);
  add_skip(skips, confirmed, evicted, SkipReason::kEvicted);
  add_skip(skips, evicted, to, SkipReason::kCorrupt);
  return skips;
}

Incarnation incarnation_at(const StreamRecord& stream, Offset offset) {
  Incarnation incarnation;
  for (const IncarnationRange& range : stream.incarnations) {
    if (range.first <= offset) incarnation = range.incarnation;
  }
  return incarnation;
}

void begin_incarnation(StreamRecord& stream, Incarnation incarnation, Offset from) {
  std::vector<IncarnationRange>& ranges = stream.incarnations;
  while (!ranges.empty() && ranges.back().first >= from) ranges.pop_back();
  ranges.push_back({incarnation, from});
  // No record without a name, and none that another store may give too: the oldest get the name of the next, which was
  // never given to their offsets. At worst some arrive a second time.
  while (ranges.size() > kMaxIncarnations) {
    ranges[1].first = ranges[0].first;
    ranges.erase(ranges.begin());
  }
}

Incarnation draw_incarnation(Random& random) {
  Incarnation incarnation;
  random.fill(incarnation.bytes);
  return incarnation;
}

}  // namespace tidegate::store
