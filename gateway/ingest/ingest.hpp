#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "gateway/base/clock.hpp"
#include "gateway/base/metrics.hpp"
#include "gateway/base/token_bucket.hpp"
#include "gateway/hub/hub.hpp"
#include "gateway/ingest/exactly_once.hpp"
#include "gateway/ingest/incoming.hpp"
#include "gateway/ingest/resting_buckets.hpp"
#include "gateway/ingest/stream_rules.hpp"
#include "gateway/ingest/unmatched.hpp"
#include "gateway/ingest/waiter.hpp"
#include "gateway/store/store.hpp"

namespace tidegate::ingest {

struct IngestOptions {
  std::vector<StreamRule> rules;
  double client_rate_per_s = 0;  ///< Messages a second for each client on average; 0: no limit.
  double client_burst = 0;       ///< Messages at once above that rate.
};

/// A sensor as ingest knows it: who, and how fast. Lives in its connection.
struct Source {
  std::string client;
  TokenBucket rate{0, 0};
  sessions::Session* session = nullptr;  ///< Of one that has said or been sent something at QoS 2.
};

/// What became of a series of messages.
struct Taken {
  std::size_t count = 0;  ///< So many from the front were taken; the rest must be offered again, in this order.
  store::Ticket ticket;   ///< All that were taken are on stable storage when this is durable.
  std::optional<std::chrono::microseconds>
      retry_after;  ///< The client is too fast; else, if some are left, wait for room.
};

/// The one door to the store: authorise, limit, reduce, choose the stream, append; and to local subscribers, who get
/// what was taken at once, whether a stream matches it or not, without waiting for the disk; what is taken at QoS 2,
/// when it is durable. Reactor only.
///
/// A message of QoS 1 or 2 that finds no room is held back, not lost: Taken says how many went in. A message of QoS 0
/// that finds no room is dropped and counted, by reason. A message that no stream matches is counted by topic and is
/// done.
class Ingest {
 public:
  Ingest(IngestOptions options, store::Store& store, sessions::Sessions& sessions, hub::Hub& hub, const Clock& clock,
         Metrics& metrics);

  /// A client begins to publish, with what is left of its burst if it was here before.
  [[nodiscard]] Source source(std::string client);
  /// It has ended: what it has used of its burst is kept for when it comes back. A second call says nothing new.
  void rest(Source& source);

  /// All that one read of a connection brought: one call, one wake-up of the disk.
  Taken publish(Source& source, std::span<const Incoming> messages);
  /// What a client had said before it left, or before the gateway stops: its rate does not hold it back any more, but
  /// is charged, so that it waits the longer when it comes back. Without room, QoS 1 and 2 stay out and are not
  /// acknowledged.
  Taken publish_last(Source& source, std::span<const Incoming> messages);

  /// `waiter` is woken after the next commit; acknowledge what durable() covers, and wait again for the rest.
  void wait_for_commit(Waiter& waiter) { commit_waiters_.join(waiter); }
  /// `waiter` is woken when what was held back may find room.
  void wait_for_room(Waiter& waiter) { room_waiters_.join(waiter); }
  [[nodiscard]] store::Ticket durable() const { return store_.durable(); }

  /// The store's listeners end here.
  void on_durable();
  void on_room() { room_waiters_.wake_all(); }

  [[nodiscard]] const Unmatched& unmatched() const { return unmatched_; }

 private:
  enum class Outcome { kDone, kHeld };
  Taken take_from_front(std::span<const Incoming> messages, const Source& source, const Timestamp& now);
  // Each moves `ticket` on to what there is to wait for.
  Outcome take(const Source& source, const Incoming& incoming, const store::Message& message, store::Ticket& ticket);
  Outcome take_once(const Source& source, std::uint16_t packet_id, const store::Message& message,
                    store::Ticket& ticket);
  Outcome go_on(const Source& source, const Incoming& incoming, store::Ticket& ticket);
  static Outcome settle(const Result<store::Ticket>& appended, store::Ticket& ticket);
  std::optional<StreamIndex> stream_of(const store::Message& message);
  void count_unmatched(const store::Message& message);

  IngestOptions options_;
  store::Store& store_;
  sessions::Sessions& sessions_;
  hub::Hub& hub_;
  const Clock& clock_;
  ExactlyOnce exactly_once_;
  StreamRules rules_;
  Unmatched unmatched_;
  RestingBuckets resting_;
  WaitList commit_waiters_;
  WaitList room_waiters_;
  Counter& stored_;
  Counter& unmatched_total_;
  Counter& shed_;
  Counter& held_;
};

}  // namespace tidegate::ingest
