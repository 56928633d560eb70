#include "gateway/north/stream_flow.hpp"

#include <algorithm>
#include <utility>

#include "gateway/base/assert.hpp"

namespace tidegate::north {
namespace {

std::size_t size_of(const store::RecordBatch& batch) {
  std::size_t bytes = 0;
  for (const store::Record& record : batch.records) {
    const store::Message& message = record.message;
    bytes += message.topic.size() + message.client.size() + message.payload.size() + message.properties.size();
  }
  return bytes;
}

}  // namespace

StreamFlow::StreamFlow(StreamIndex index, std::string upstream, RecordSource& source, EventLog& events,
                       RouteCounters counters)
    : index_(index),
      name_(source.name(index)),
      upstream_(std::move(upstream)),
      source_(source),
      events_(events),
      counters_(counters),
      own_end_(source.state(index).next) {}

std::vector<Holding> StreamFlow::holdings() const {
  const store::StreamState state = source_.state(index_);
  std::vector<Holding> held;
  for (std::size_t i = 0; i < state.incarnations.size(); ++i) {
    const store::IncarnationRange& range = state.incarnations[i];
    const Offset end = i + 1 < state.incarnations.size() ? state.incarnations[i + 1].first : state.next;
    const bool newest = i + 1 == state.incarnations.size();
    if (end <= state.first && !newest) continue;
    const Offset first = std::max(range.first, state.first);
    held.push_back({{name_, range.incarnation, Lane{0}}, first, std::max(first, end)});
  }
  return held;
}

void StreamFlow::connect(const std::vector<Position>& positions) {
  const store::StreamState state = source_.state(index_);
  load_stretches(state);
  known_.clear();
  connected_ = learn(positions);
  if (!connected_) return;

  const Offset cursor = source_.position(index_, upstream_, Lane{0});
  const Offset start = starting_point(cursor);
  if (start < cursor)
    events_.warning(
        "route.upstream_behind",
        {{"upstream", upstream_}, {"stream", name_}, {"confirmed_before", cursor.value}, {"knows_only", start.value}});
  more_ = true;
  sent_ = confirmed_from(start);
  acknowledged_ = std::min(sent_, hold_.value_or(kOpenEnd));
  if (cursor < acknowledged_) {
    counters_.acknowledged_records.add(acknowledged_ - cursor);
    source_.advance(index_, upstream_, Lane{0}, acknowledged_);
  }
}

void StreamFlow::disconnect() {
  connected_ = false;
  drop_read();
  in_flight_.clear();
}

std::optional<Offset> StreamFlow::begin_read() {
  if (!connected_ || reading_ || pending_ || !more_) return std::nullopt;
  if (!in_flight_.empty() && !last_read_full_) return std::nullopt;
  reading_ = true;
  discard_read_ = false;
  more_ = false;
  return sent_;
}

void StreamFlow::end_read(Result<store::RecordBatch> result, std::size_t full_bytes) {
  reading_ = false;
  if (discard_read_) return;
  if (!result.ok()) {
    // No timer of its own: the next commit, acknowledgement or connection reads again.
    last_read_full_ = false;
    events_.error("route.read_failed", {{"stream", name_}, {"from", sent_.value}, {"reason", result.error().message}});
    return;
  }
  last_read_full_ = size_of(*result) >= full_bytes / 2;
  if (result->next == sent_) return;
  load_stretches(source_.state(index_));
  more_ = true;
  next_record_ = next_skip_ = 0;
  pending_ = std::move(*result);
}

void StreamFlow::send_next(Upstream& upstream, const TimeAnchors* anchors) {
  TIDEGATE_ASSERT(has_something(), "nothing was read");
  if (next_skip_ < pending_->skips.size() && pending_->skips[next_skip_].from <= sent_)
    send_skip(upstream, pending_->skips[next_skip_]);
  else
    send_records(upstream, anchors);
  if (sent_ == pending_->next) pending_.reset();
}

void StreamFlow::acknowledge(const Incarnation& incarnation, Offset next) {
  const Stretch* const stretch = stretch_of(incarnation);
  if (!connected_ || stretch == nullptr) return;
  // What was not sent on this connection was not asked for: a peer that confirms it is not believed.
  Offset& known = known_[incarnation];
  known = std::max(known, std::min({next, stretch->end, sent_}));
  settle();
}

void StreamFlow::settle() {
  const Offset confirmed = std::min(confirmed_from(acknowledged_), hold_.value_or(kOpenEnd));
  if (confirmed <= acknowledged_) return;
  acknowledged_ = confirmed;
  while (!in_flight_.empty() && in_flight_.front().end <= acknowledged_) {
    counters_.acknowledged_records.add(in_flight_.front().records);
    in_flight_.pop_front();
  }
  source_.advance(index_, upstream_, Lane{0}, acknowledged_);
}

void StreamFlow::hold(std::optional<Offset> at) {
  hold_ = at;
  if (connected_) settle();
}

void StreamFlow::rewind(Offset from) {
  const Offset target = std::max(from, acknowledged_);
  if (!connected_ || sent_ <= target) return;
  counters_.rewinds.add();
  sent_ = target;
  while (!in_flight_.empty() && sent_ < in_flight_.back().end) in_flight_.pop_back();
  drop_read();
  more_ = true;
}

void StreamFlow::load_stretches(const store::StreamState& state) {
  stretches_.clear();
  for (const store::IncarnationRange& range : state.incarnations) {
    if (!stretches_.empty()) stretches_.back().end = range.first;
    stretches_.push_back({range.incarnation, range.first, kOpenEnd});
  }
}

/// Notes how far the upstream is in each stretch. False: it knows other records under the names of ours, and new names
/// could not be had, so nothing may be sent.
bool StreamFlow::learn(const std::vector<Position>& positions) {
  struct {
    Offset knows, has;
  } most{};  // of what the upstream knows and this store has not
  const auto compare = [&most](Offset knows, Offset has) {
    if (knows > std::max(has, most.knows)) most = {knows, has};
  };
  bool named = true;
  for (const Position& position : positions) {
    if (position.lane.stream != name_ || position.lane.lane != Lane{0}) continue;
    const Stretch* const stretch = stretch_of(position.lane.incarnation);
    if (stretch == nullptr) {  // long delivered, or of another store under this gateway's name
      compare(position.next, stretches_.back().first);
      continue;
    }
    const Offset ours = std::min(stretch->end, own_end_);
    known_[stretch->incarnation] = std::clamp(position.next, stretch->first, std::max(stretch->first, ours));
    compare(position.next, ours);
    if (position.next > ours && stretch->end == kOpenEnd) named = renew_incarnation(ours);
  }
  if (most.knows > most.has) report_others(most.knows, most.has);
  return named;
}

// A restored backup, a card of which a copy runs elsewhere, or a box that was flashed anew. Nothing is lost or
// confused: what was written since this store started has a name that the upstream does not know.
void StreamFlow::report_others(Offset upstream_knows, Offset store_has) {
  if (std::exchange(others_reported_, true)) return;
  events_.warning("route.upstream_knows_other_records",
                  {{"upstream", upstream_},
                   {"stream", name_},
                   {"upstream_knows", upstream_knows.value},
                   {"store_has", store_has.value},
                   {"meaning", "this store was restored, copied or made anew; both histories are kept apart"}});
}

// The upstream has more of the newest incarnation than was ever sent from here: this process was copied while it ran,
// or the store could not begin an incarnation at its start. What the upstream cannot have from here gets a new name.
bool StreamFlow::renew_incarnation(Offset from) {
  const Result<Incarnation> renewed = source_.begin_incarnation(index_, from);
  if (!renewed.ok()) {
    events_.error("route.incarnation_not_renewed", {{"stream", name_}, {"reason", renewed.error().message}});
    return false;
  }
  load_stretches(source_.state(index_));
  return true;
}

/// The cursor, or further back where the upstream has lost what it once confirmed.
Offset StreamFlow::starting_point(Offset cursor) const {
  for (const Stretch& stretch : stretches_) {
    const auto known = known_.find(stretch.incarnation);
    if (known == known_.end()) continue;
    if (known->second < std::min(stretch.end, cursor)) return known->second;
  }
  return cursor;
}

/// Everything before is upstream, as far as it can be told going on from `start` without a hole.
Offset StreamFlow::confirmed_from(Offset start) const {
  Offset confirmed = start;
  for (const Stretch& stretch : stretches_) {
    if (stretch.end <= confirmed) continue;
    const auto known = known_.find(stretch.incarnation);
    if (known == known_.end()) break;
    confirmed = std::max(confirmed, known->second);
    if (confirmed < stretch.end) break;
  }
  return confirmed;
}

const StreamFlow::Stretch* StreamFlow::stretch_of(Offset offset) const {
  const auto found = std::find_if(stretches_.begin(), stretches_.end(), [offset](const Stretch& stretch) {
    return stretch.first <= offset && offset < stretch.end;
  });
  return found == stretches_.end() ? nullptr : &*found;
}

const StreamFlow::Stretch* StreamFlow::stretch_of(const Incarnation& incarnation) const {
  const auto found = std::find_if(stretches_.begin(), stretches_.end(), [&incarnation](const Stretch& stretch) {
    return stretch.incarnation == incarnation;
  });
  return found == stretches_.end() ? nullptr : &*found;
}

/// The longest run from sent_ on within one incarnation, one boot and up to the next skip.
void StreamFlow::send_records(Upstream& upstream, const TimeAnchors* anchors) {
  const std::vector<store::Record>& records = pending_->records;
  TIDEGATE_ASSERT(next_record_ < records.size() && records[next_record_].offset == sent_,
                  "a read of the store has a hole");
  const Stretch* const stretch = stretch_of(sent_);
  TIDEGATE_ASSERT(stretch != nullptr, "a record without an incarnation");
  const BootId boot = records[next_record_].boot;
  const TimeAnchor* const anchor = anchors == nullptr ? nullptr : anchors->of(boot);
  Batch batch{lane_of(*stretch), {}};
  Offset end = sent_;
  for (; next_record_ < records.size(); ++next_record_, end = end + 1) {
    const store::Record& record = records[next_record_];
    if (record.offset != end || record.boot != boot || record.offset >= stretch->end) break;
    batch.records.push_back(record);
    if (anchor != nullptr) anchor->correct(batch.records.back().message.received);
  }
  upstream.send(batch);
  sent_to(end, batch.records.size());
}

void StreamFlow::send_skip(Upstream& upstream, const store::Skip& skip) {
  const Stretch* const stretch = stretch_of(sent_);
  const Offset end = stretch == nullptr ? skip.to : std::min(skip.to, stretch->end);
  TIDEGATE_ASSERT(sent_ < end, "a skip of nothing");
  counters_.skipped_records.add(end - sent_);
  if (stretch != nullptr)
    upstream.send_skip(lane_of(*stretch), {sent_, end, skip.reason});
  else
    events_.error("route.skip_without_incarnation",
                  {{"stream", name_}, {"from", sent_.value}, {"to", end.value}, {"reason", to_string(skip.reason)}});
  if (end == skip.to) ++next_skip_;
  sent_to(end, 0);
}

void StreamFlow::sent_to(Offset end, std::uint64_t records) {
  sent_ = end;
  own_end_ = std::max(own_end_, end);
  in_flight_.push_back({end, records});
}

void StreamFlow::drop_read() {
  pending_.reset();
  discard_read_ = reading_;
  last_read_full_ = false;
}

}  // namespace tidegate::north
