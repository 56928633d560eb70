#include "tests/simulation/promises.hpp"

#include <algorithm>

#include "gateway/store/format.hpp"
#include "tests/simulation/sample.hpp"

namespace tidegate::simulation {

namespace {

std::string text(Offset offset) { return std::to_string(offset.value); }

std::string range(Offset from, Offset to) { return "[" + text(from) + ", " + text(to) + ")"; }

std::optional<Incarnation> incarnation_at(const std::vector<store::IncarnationRange>& ranges, Offset offset) {
  std::optional<Incarnation> found;
  for (const store::IncarnationRange& range : ranges)
    if (range.first <= offset) found = range.incarnation;
  return found;
}

}  // namespace

Violation StreamPromises::settle(const store::StreamState& state, std::optional<bool>& wholly) {
  if (state.next < next()) return "acknowledged records lost: " + range(state.next, next());
  if (auto wrong = settle_incarnations(state)) return wrong;
  if (auto wrong = settle_records(state.next, wholly)) return wrong;
  if (auto wrong = settle_drop(state.owed)) return wrong;
  return settle_positions(state.cursors);
}

Violation StreamPromises::settle_records(Offset next, std::optional<bool>& wholly) {
  if (next.value > records_.size()) return "records invented: " + range({records_.size()}, next);
  if (records_.size() > durable_) {
    const bool kept = next.value == records_.size();
    if (!kept && next.value != durable_) return "a part of a section kept, up to " + text(next);
    if (wholly && *wholly != kept) return "a part of a batch kept";
    wholly = kept;
  }
  records_.resize(static_cast<std::size_t>(next.value));
  durable_ = next.value;
  return {};
}

Violation StreamPromises::settle_drop(Offset owed) {
  if (owed < dropped_.durable) return "dropped records owed again: " + range(owed, dropped_.durable);
  dropped_.asked = owed < dropped_.asked ? dropped_.durable : dropped_.asked;
  dropped_.durable = dropped_.asked;
  return {};
}

Violation StreamPromises::settle_positions(const std::vector<store::Cursor>& cursors) {
  std::map<std::string, Offset> shown;
  for (const store::Cursor& cursor : cursors) shown[cursor.upstream] = cursor.position;
  for (const auto& [upstream, position] : shown)
    if (!positions_.contains(upstream) && position.value > 0) return "a cursor invented: " + upstream;
  for (auto& [upstream, position] : positions_) {
    const Offset found = shown[upstream];
    if (found < position.durable)
      return "the cursor of " + upstream + " went back from " + text(position.durable) + " to " + text(found);
    if (found > position.asked)
      return "the cursor of " + upstream + " is at " + text(found) + ", beyond " + text(position.asked);
    position = {found, found};
  }
  return {};
}

Violation StreamPromises::settle_incarnations(const store::StreamState& state) {
  if (state.incarnations.empty()) return "no incarnation";
  // What every cursor has passed needs no name any more; whether the cursors may be there is settled for itself.
  Offset named = next();
  for (const store::Cursor& cursor : state.cursors) named = std::min(named, cursor.position);
  for (Offset offset = std::max(named, state.first); offset < next(); offset = offset + 1)
    if (incarnation_at(state.incarnations, offset) != incarnation_at(incarnations_, offset))
      return "another incarnation at " + text(offset);
  const Incarnation newest = state.incarnations.back().incarnation;
  if (!incarnations_seen_.insert(newest).second) return "an incarnation of an earlier start goes on";
  std::erase_if(incarnations_, [this](const store::IncarnationRange& range) { return range.first >= next(); });
  for (const store::IncarnationRange& range : state.incarnations)
    if (range.first >= next() || incarnations_.empty()) incarnations_.push_back(range);
  return {};
}

Violation StreamPromises::check_state(const store::StreamState& state) const {
  if (state.next != next()) return "next is " + text(state.next) + ", acknowledged is " + text(next());
  if (state.first > state.next) return "first is beyond next";
  if (state.owed < dropped_.durable) return "dropped records owed: " + range(state.owed, dropped_.durable);
  if (state.incarnations.empty()) return "no incarnation";
  if (state.incarnations.back().incarnation != incarnations_.back().incarnation) return "not the incarnation promised";
  for (const store::Cursor& cursor : state.cursors)
    if (cursor.position != position(cursor.upstream)) return "not the position acknowledged of " + cursor.upstream;
  return {};
}

Violation StreamPromises::check_read(Offset from, const store::ReadResult& result) const {
  Offset reached = from;
  auto section = result.sections.begin();
  auto skip = result.skips.begin();
  while (section != result.sections.end() || skip != result.skips.end()) {
    const bool is_section =
        section != result.sections.end() && (skip == result.skips.end() || section->first < skip->from);
    const Offset first = is_section ? section->first : skip->from;
    const Offset end = is_section ? section->first + section->count : skip->to;
    if (first > reached) return "a hole " + range(reached, first);
    if (first < reached && reached != from) return "an overlap at " + range(first, reached);
    if (end <= reached) return "nothing new in " + range(first, end) + " read from " + text(from);
    if (auto wrong = is_section ? check_section(*section) : check_skip(*skip)) return wrong;
    reached = end;
    is_section ? static_cast<void>(++section) : static_cast<void>(++skip);
  }
  if (result.next != reached) return "reads on at " + text(result.next) + " instead of " + text(reached);
  if (reached == from && from < next()) return "nothing read at " + text(from) + " of " + text(next());
  return {};
}

Violation StreamPromises::check_section(const store::Section& section) const {
  const Offset end = section.first + section.count;
  if (end > next()) return "records that are not acknowledged: " + range(section.first, end);
  if (end > owed() && section.first < dropped_.durable && owed() < dropped_.durable)
    return "dropped records are back: " + range(section.first, end);
  store::RecordReader reader(section.records);
  store::Message message;
  for (Offset offset = section.first; offset < end; offset = offset + 1) {
    if (!reader.next(message)) return "cannot be decoded: " + text(offset);
    const Record& record = records_[static_cast<std::size_t>(offset.value)];
    if (!Sample(record.number, max_payload_bytes_).equals(message)) return "another record at " + text(offset);
    if (reader.boot() != record.boot) return "another boot at " + text(offset);
  }
  if (reader.next(message)) return "more records than counted after " + text(end);
  return {};
}

// Behind every durable cursor anything may be gone, for any reason. What is owed goes only by the stream's own policy.
Violation StreamPromises::check_skip(const store::Skip& skip) const {
  const std::string what = range(skip.from, skip.to) + " skipped as " + std::string(to_string(skip.reason));
  if (skip.to > next()) return what + ", beyond what is acknowledged";
  if (skip.to <= owed()) return {};
  if (skip.reason == store::SkipReason::kCorrupt && skip.from >= rot_.first && skip.to <= rot_.second) return {};
  if (skip.reason != store::SkipReason::kEvicted) return what + " and owed from " + text(owed());
  if (skip.to <= dropped_.asked) return {};
  if (options_.when_full == store::WhenFull::kRefuse) return what + " in a stream that refuses";
  if (!eviction_allowed_) return what + " though there was room";
  return {};
}

Offset StreamPromises::owed() const {
  Offset oldest = next();
  for (const std::string& upstream : options_.upstreams) oldest = std::min(oldest, position(upstream));
  return oldest;
}

Offset StreamPromises::position(const std::string& upstream) const {
  const auto found = positions_.find(upstream);
  return found == positions_.end() ? Offset{} : found->second.durable;
}

std::map<std::string, Offset> StreamPromises::moved_positions() const {
  std::map<std::string, Offset> moved;
  for (const auto& [upstream, position] : positions_)
    if (position.asked > position.durable) moved[upstream] = position.asked;
  return moved;
}

void StreamPromises::ask_position(const std::string& upstream, Offset position) {
  positions_[upstream].asked = std::max(positions_[upstream].asked, position);
}

std::optional<Offset> StreamPromises::asked_drop() const {
  return dropped_.asked > dropped_.durable ? std::optional(dropped_.asked) : std::nullopt;
}

void StreamPromises::acknowledge_commit() {
  acknowledge_drop();
  for (auto& [upstream, position] : positions_) position.durable = position.asked;
}

void StreamPromises::acknowledge_incarnation(Incarnation incarnation) {
  std::erase_if(incarnations_, [this](const store::IncarnationRange& range) { return range.first >= next(); });
  incarnations_.push_back({incarnation, next()});
  incarnations_seen_.insert(incarnation);
}

}  // namespace tidegate::simulation
