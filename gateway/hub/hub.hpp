#pragma once

#include <map>
#include <memory>
#include <set>
#include <vector>

#include "gateway/base/metrics.hpp"
#include "gateway/hub/retained.hpp"
#include "gateway/hub/subscriber.hpp"
#include "gateway/hub/topic_tree.hpp"
#include "gateway/sessions/sessions.hpp"

namespace tidegate::hub {

/// All of it is memory; each limit has its policy: filters are refused, waiting messages dropped oldest first, retained
/// messages of new topics not kept.
struct HubOptions {
  std::size_t queue_messages = 1'000;       ///< Waiting for one subscriber.
  std::size_t queue_bytes = 1 << 20;        ///< Likewise.
  std::size_t all_queues_bytes = 32 << 20;  ///< Waiting for all subscribers.
  std::size_t filters_per_subscriber = 1'000;
  std::size_t filter_levels = 32;            ///< Of one filter.
  std::size_t all_filters_bytes = 16 << 20;  ///< As filter_cost() counts.
  RetainedLimits retained{};
};

struct HubCounters {
  explicit HubCounters(Metrics& metrics);
  Counter& delivered;
  Counter& behind;      ///< QoS 0, and the subscriber's socket was full.
  Counter& queue_full;  ///< QoS 1 and 2: the oldest that waited.
  Counter& too_large;
  Counter& expired;
  Counter& left;    ///< Waited at QoS 1 when the subscriber's connection ended.
  Counter& absent;  ///< QoS 1, for a session whose client is away.
  Counter& not_retained;
  Gauge& subscriptions;
  Gauge& queued_messages;
  Gauge& queued_bytes;
  Gauge& retained_messages;
  Gauge& retained_bytes;
};

/// Local publish and subscribe: who subscribes to what, what is retained, and the way from one message to all who want
/// it. Knows no sockets. Reactor only.
///
/// A message is delivered at once and does not wait for the disk, but for QoS 2, which leaves when it is durable. A
/// subscriber whose filters overlap gets one copy, at the highest QoS of those that match and with all their
/// identifiers (MQTT 5.0 section 3.3.4).
class Hub {
 public:
  Hub(const HubOptions& options, sessions::Sessions& sessions, Metrics& metrics)
      : options_(options), sessions_(sessions), counters_(metrics), retained_(options.retained) {}

  /// False: publish() would do nothing. Asked for each message of the gateway.
  [[nodiscard]] bool wants(bool retain) const { return retain || tree_.size() != 0; }
  /// A message of QoS 0 or 1, which was taken.
  void publish(const store::Message& message);

  /// A message of QoS 2 in two steps. First, what has to become durable with it: the identifiers under which sessions
  /// that are kept are owed it. `message` lives until the group is appended.
  void prepare(const store::Message& message, sessions::Group& group);
  /// Then, when the same message was taken: it is owed from now on, and leaves when `ticket` is durable.
  void publish(const store::Message& message, store::Ticket ticket);

  /// Of a session that is kept, and whose connection has ended: it goes on to be owed QoS 2 messages.
  void rest(std::unique_ptr<Subscriber> subscriber);
  /// Its client is back: its subscriber, with its subscriptions.
  std::unique_ptr<Subscriber> resume(sessions::Session& session, Outlet& outlet);
  /// The session ends, and its client is not connected.
  void forget(const sessions::Session& session) { resting_.erase(&session); }
  /// At a start: all sessions that are kept, with what they subscribed to.
  void restore();

  /// The store's listener ends here, too.
  void on_durable();

  [[nodiscard]] const HubCounters& counters() const { return counters_; }

 private:
  friend class Subscriber;
  void match(const store::Message& message);
  void retain(const store::Message& message);

  const HubOptions options_;
  sessions::Sessions& sessions_;
  HubCounters counters_;
  TopicTree tree_;
  Retained retained_;
  std::size_t queued_bytes_ = 0;
  std::size_t filter_bytes_ = 0;
  std::vector<const Subscription*> matches_;  // filled and emptied within one publish()
  std::vector<Subscriber*> receivers_;        // of the last match()
  std::set<Subscriber*> waiting_;             // for the next commit
  std::map<const sessions::Session*, std::unique_ptr<Subscriber>> resting_;
};

}  // namespace tidegate::hub
