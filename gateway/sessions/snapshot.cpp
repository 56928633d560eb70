#include "gateway/sessions/snapshot.hpp"

#include <algorithm>

namespace tidegate::sessions {

namespace {

// The state stream has one reader: the next start.
constexpr const char* kReader = "sessions";
// Each start that appends leaves a name of its own in the manifest until the cursor passes it.
constexpr std::size_t kMostIncarnations = 64;

}  // namespace

Offset Snapshot::begin() const {
  return std::max(store_.state(state_).first, store_.position(state_, kReader, Lane{}));
}

void Snapshot::appended(std::size_t bytes, std::size_t records) {
  tail_bytes_ += bytes;
  tail_records_ += records;
}

void Snapshot::go_on(const SessionMap& sessions, const Timestamp& now) {
  if (last_ > store_.durable()) return;  // a session a commit: what waits in memory stays small
  if (!walking_ && !is_due()) return;
  if (!walking_) {
    walking_ = begin_walk(now);
    store_.submit();
    if (!walking_ || last_ > store_.durable()) return;
  }
  const auto next = sessions.upper_bound(walked_to_);
  if (next == sessions.end()) {
    walking_ = false;
    return store_.advance(state_, kReader, Lane{}, from_);
  }
  if (!has_room_for(*next->second)) return;
  // Should the disk fill up within a session, this snapshot is given up: the cursor stays, so it says nothing.
  walking_ = append(*next->second, now);
  walked_to_ = next->first;
  store_.submit();
}

bool Snapshot::is_due() const {
  return tail_bytes_ > std::max(limits_.tail_bytes, snapshot_bytes_) || tail_records_ > limits_.tail_records ||
         store_.state(state_).incarnations.size() > kMostIncarnations;
}

bool Snapshot::begin_walk(const Timestamp& now) {
  walked_to_.clear();
  from_ = store_.state(state_).next;
  tail_bytes_ = tail_records_ = snapshot_bytes_ = 0;
  return std::ranges::all_of(anchors_.all(), [&](const TimeAnchor& anchor) { return append(anchor, now); });
}

bool Snapshot::has_room_for(const Session& session) const {
  return store_.has_room(state_, session.bytes()) && session.bytes() < store_.pending_room() / 2;
}

// What the client has been told of comes first, as it does in the session.
bool Snapshot::append(const Session& session, const Timestamp& now) {
  const SessionNumber number = session.number;
  if (!append(SessionIs{number, session.client, session.expiry}, now)) return false;
  for (const auto& [filter, options] : session.subscriptions())
    if (!append(Subscribed{number, filter, options}, now)) return false;
  if (!append(Identifiers{number, Step::kReceived, session.received.all()}, now)) return false;
  Identifiers delivered{number, Step::kDelivered, {}};
  for (const OwedMessage& owed : session.outbound.all())
    if (owed.phase == OwedMessage::Phase::kDelivered) delivered.packet_ids.push_back(owed.packet_id);
  if (!append(delivered, now)) return false;
  for (const OwedMessage& owed : session.outbound.all()) {
    if (!owed.message) continue;
    const Owed record{owed.message->view(), {{number, owed.packet_id, owed.retain, owed.identifiers}}};
    if (!append(record, now)) return false;
  }
  return true;
}

bool Snapshot::append(const StateRecord& record, const Timestamp& now) {
  if (const auto* ids = std::get_if<Identifiers>(&record); ids != nullptr && ids->packet_ids.empty()) return true;
  Group group(state_, now);
  group.add(record);
  const auto ticket = store_.append(group.entries(), store::Urgency::kAtOnce);
  if (!ticket) return false;
  last_ = *ticket;
  snapshot_bytes_ += group.state_bytes();
  return true;
}

}  // namespace tidegate::sessions
