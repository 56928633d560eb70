#include "gateway/sessions/sessions.hpp"

#include <algorithm>

#include "gateway/base/assert.hpp"
#include "gateway/sessions/replay.hpp"

namespace tidegate::sessions {

Sessions::Sessions(const SessionLimits& limits, store::Store& store, StreamIndex state, const Clock& clock,
                   TimeAnchors& anchors, EventLog& events, Metrics& metrics)
    : limits_(limits),
      store_(store),
      state_(state),
      clock_(clock),
      anchors_(anchors),
      events_(events),
      shared_{limits.outbound,
              Budget(limits.bytes, metrics.gauge("tidegate_sessions_bytes",
                                                 "Memory of sessions: what they subscribe to, received and are owed")),
              metrics.gauge("tidegate_sessions_owed_messages", "QoS 2 messages that clients are owed")},
      kept_(metrics.gauge("tidegate_sessions_kept_sessions", "Sessions that outlive their connections")),
      refused_(metrics.counter("tidegate_sessions_refused_sessions_total",
                               "Clients that wanted a session to be kept and found no room for one")),
      snapshot_(store, state, anchors, limits.snapshot) {}

Result<void> Sessions::load() {
  constexpr std::size_t kReadBytes = 1 << 20;
  Replay replay(sessions_, shared_, clock_, anchors_);
  std::uint64_t lost = 0;
  for (Offset from = snapshot_.begin();;) {
    const auto batch = store_.read_now(state_, from, kReadBytes);
    if (!batch) return batch.error();
    if (batch->next == from) break;
    for (const store::Skip& skip : batch->skips) lost += skip.to - skip.from;
    for (const store::Record& record : batch->records) {
      if (!replay.apply(record)) ++lost;
      snapshot_.appended(record.message.payload.size() + record.message.topic.size(), 1);
    }
    from = batch->next;
  }
  if (lost > 0) events_.error("sessions.records_lost", {{"records", lost}});
  last_ = replay.last_number();
  for (auto& [client, session] : sessions_) {
    leave(*session);
    session->outbound.assume_sent();
  }
  show();
  return {};
}

std::unique_ptr<Session> Sessions::fleeting(const std::string& client) {
  return std::make_unique<Session>(client, SessionNumber{}, shared_);
}

Session* Sessions::find(std::string_view client) {
  const auto found = sessions_.find(client);
  return found == sessions_.end() ? nullptr : found->second.get();
}

Session* Sessions::begin(const std::string& client, std::chrono::seconds expiry) {
  TIDEGATE_ASSERT(!sessions_.contains(client), "a client has one session");
  const SessionNumber number{last_.value + 1};
  auto session = std::make_unique<Session>(client, number, shared_);
  session->expiry = std::min(expiry, limits_.expiry);
  const bool room = sessions_.size() < limits_.sessions && client.size() <= limits_.client_bytes && may_grow(0);
  if (!room || !note(*session, SessionIs{number, client, session->expiry})) {
    refused_.add();
    return nullptr;
  }
  last_ = number;
  Session* begun = session.get();
  sessions_[client] = std::move(session);
  show();
  return begun;
}

void Sessions::set_expiry(Session& session, std::chrono::seconds expiry) {
  const std::chrono::seconds wanted = std::min(expiry, limits_.expiry);
  if (session.expiry == wanted) return;
  session.expiry = wanted;
  (void)note(session, SessionIs{session.number, session.client, wanted});  // else a start still has the old one
}

void Sessions::end(Session& session) {
  ended_.push_back(session.number);
  sessions_.erase(sessions_.find(session.client));
  say_ended();
  show();
}

std::vector<Session*> Sessions::expired() {
  const Monotonic now = clock_.monotonic();
  if (now - looked_at_ < std::chrono::seconds(1)) return {};
  looked_at_ = now;
  say_ended();
  std::vector<Session*> gone;
  for (auto& [client, session] : sessions_)
    if (is_expired(*session)) gone.push_back(session.get());
  return gone;
}

bool Sessions::is_expired(const Session& session) const {
  return session.away_since && clock_.monotonic() - *session.away_since >= session.expiry;
}

// A start that does not hear of it has the session again.
void Sessions::say_ended() {
  while (!ended_.empty()) {
    Group group = this->group();
    group.add(SessionEnded{ended_.back()});
    if (!append(group)) return;
    ended_.pop_back();
    submit();
  }
}

Result<store::Ticket> Sessions::append(const Group& group, store::Urgency urgency) {
  // A quarter of the stream is left to the next snapshot, without which it would stay full.
  const std::uint64_t quota = store_.streams()[state_.value].quota_bytes;
  if (group.state_bytes() > 0 && !store_.has_room(state_, quota / 4))
    return Error{ErrorKind::kNoSpace, "the state of the sessions is written anew"};
  auto ticket = store_.append(group.entries(), urgency);
  if (!ticket) return ticket;
  noted_ = *ticket;
  snapshot_.appended(group.state_bytes(), group.state_records());
  return ticket;
}

Result<store::Ticket> Sessions::note(Session& session, const StateRecord& record, store::Urgency urgency) {
  if (!session.is_kept()) return store::Ticket{};
  auto ticket = append_alone(record, urgency);
  if (ticket && urgency == store::Urgency::kAtOnce) session.noted = *ticket;
  return ticket;
}

Result<store::Ticket> Sessions::append_alone(const StateRecord& record, store::Urgency urgency) {
  Group group = this->group();
  group.add(record);
  auto ticket = append(group, urgency);
  submit();
  return ticket;
}

}  // namespace tidegate::sessions
