#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "gateway/base/clock.hpp"
#include "gateway/base/event_log.hpp"
#include "gateway/base/metrics.hpp"
#include "gateway/base/time_anchors.hpp"
#include "gateway/sessions/group.hpp"
#include "gateway/sessions/session.hpp"
#include "gateway/sessions/snapshot.hpp"
#include "gateway/store/store.hpp"

namespace tidegate::sessions {

/// The name of the state stream; no stream of the owner's may have it.
inline constexpr std::string_view kStateStream = "state";
/// Who reads it: its only upstream.
inline constexpr std::string_view kStateReader = "sessions";

struct SessionLimits {
  std::size_t sessions = 1'000;        ///< That outlive their connections; more clients have none.
  std::size_t client_bytes = 256;      ///< Of the identifier of a client that has one.
  std::chrono::seconds expiry{86400};  ///< At most.
  OutboundLimits outbound{};
  std::size_t bytes = 16 << 20;  ///< Of all sessions; the state stream's quota is four times as much.
  Snapshot::Limits snapshot{};
};

/// The sessions that outlive their connections (MQTT 5.0 section 4.1): in memory, and as records of the state stream,
/// from which a start makes them again. So it does with the anchors of time, which others learn and use.
///
/// Reactor only. The references outlive it. Durability: what is appended here is promised when durable() covers its
/// ticket, as with the store. Full, it keeps the sessions it has: another client has none that outlives its connection.
class Sessions {
 public:
  Sessions(const SessionLimits& limits, store::Store& store, StreamIndex state, const Clock& clock,
           TimeAnchors& anchors, EventLog& events, Metrics& metrics);

  /// Reads them at a start, before anything is appended; waits for the disk. All clients count as away from now on.
  /// What is rotten is reported and passed. kIo: the disk does not answer.
  Result<void> load();

  /// A session for as long as its connection.
  [[nodiscard]] std::unique_ptr<Session> fleeting(const std::string& client);
  /// The client's session, even if it is expired; nothing if it has none.
  [[nodiscard]] Session* find(std::string_view client);
  [[nodiscard]] bool is_expired(const Session& session) const;
  /// A new one for a client that has none; nothing if there is no room for it.
  Session* begin(const std::string& client, std::chrono::seconds expiry);
  /// From now on it ends when its client has been away for `expiry`, at most for the limit.
  void set_expiry(Session& session, std::chrono::seconds expiry);
  void end(Session& session);
  /// Its client is connected / is away from now on.
  static void arrive(Session& session) { session.away_since.reset(); }
  void leave(Session& session) { session.away_since = clock_.monotonic(); }
  /// Sessions whose clients have been away for too long, once a second; cheap to ask more often.
  [[nodiscard]] std::vector<Session*> expired();
  [[nodiscard]] const SessionMap& all() const { return sessions_; }

  [[nodiscard]] Group group() const { return {state_, clock_.now()}; }
  /// False: memory and disk that are set apart for sessions are used up, and nothing may be kept that is not yet.
  [[nodiscard]] bool may_grow(std::size_t bytes) const { return shared_.budget.has(bytes); }
  /// All of the group, or nothing: kNoSpace, wait for room. submit() must follow.
  Result<store::Ticket> append(const Group& group, store::Urgency urgency = store::Urgency::kAtOnce);
  /// One record alone. An empty ticket, and no record, for a session that is not kept. What is noted at once is what
  /// some answer waits for: Session::noted covers it.
  Result<store::Ticket> note(Session& session, const StateRecord& record,
                             store::Urgency urgency = store::Urgency::kAtOnce);
  /// An anchor that was just learned.
  Result<store::Ticket> note(const TimeAnchor& anchor) { return append_alone(anchor, store::Urgency::kAtOnce); }
  /// Everything appended so far is durable when this is.
  [[nodiscard]] store::Ticket noted() const { return noted_; }
  void submit() { store_.submit(); }
  [[nodiscard]] store::Ticket durable() const { return store_.durable(); }
  /// The store has made a commit: a snapshot may go on.
  void on_durable() { snapshot_.go_on(sessions_, clock_.now()); }

 private:
  Result<store::Ticket> append_alone(const StateRecord& record, store::Urgency urgency);
  void say_ended();
  void show() { kept_.set(static_cast<std::int64_t>(sessions_.size())); }

  const SessionLimits limits_;
  store::Store& store_;
  const StreamIndex state_;
  const Clock& clock_;
  TimeAnchors& anchors_;
  EventLog& events_;
  Shared shared_;
  Gauge& kept_;
  Counter& refused_;
  Snapshot snapshot_;
  SessionMap sessions_;
  std::vector<SessionNumber> ended_;  // and no record says so yet, for want of room
  SessionNumber last_;
  store::Ticket noted_;
  Monotonic looked_at_{};  // for expired ones
};

}  // namespace tidegate::sessions
