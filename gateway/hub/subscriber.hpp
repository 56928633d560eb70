#pragma once

#include <deque>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/hub/kept_message.hpp"
#include "gateway/hub/outlet.hpp"
#include "gateway/hub/retained.hpp"
#include "gateway/hub/subscription.hpp"

namespace tidegate::hub {

class Hub;

/// A connected client that subscribes: its filters, and what waits for it. It and its subscriptions end with its
/// connection, which owns it. Reactor only; the hub and the outlet outlive it.
///
/// QoS 0 is delivered at once or, if the outlet is busy, dropped. QoS 1 waits in a bounded queue; when that is full its
/// oldest message is dropped. Each drop is counted by reason.
class Subscriber {
 public:
  enum class Granted : std::uint8_t { kNew, kReplaced, kRefused };

  Subscriber(Hub& hub, std::string client, Outlet& outlet);
  ~Subscriber();
  Subscriber(const Subscriber&) = delete;
  Subscriber& operator=(const Subscriber&) = delete;

  /// `filter` is a valid topic filter. kRefused: the hub's limits leave no room for it.
  Granted subscribe(std::string_view filter, const SubscriptionOptions& options);
  /// False: there was no such subscription.
  bool unsubscribe(std::string_view filter);
  /// What is retained for a filter that was just granted is delivered by resume(), as fast as the outlet takes it.
  void send_retained(std::string_view filter, const SubscriptionOptions& options);
  /// The outlet is not busy any more: delivers what waits, in order, then what is retained. True: there is more to look
  /// at than one call should; call again in the reactor's next turn.
  bool resume();

  [[nodiscard]] std::size_t waiting() const { return queue_.size(); }

 private:
  friend class Hub;
  struct Waiting {
    Kept message;
    bool retain = false;
    std::vector<std::uint32_t> identifiers;
  };

  struct Replay {
    SubscriptionOptions options;
    RetainedCursor cursor;
  };

  bool resume_queue();
  bool replay_some();
  /// Part of one publish(): one more filter matches. True if it is the first.
  bool add_match(const Subscription& subscription, const store::Message& message);
  /// The end of it: one copy, whatever the number of filters. `kept` is made if it must wait, and shared.
  void deliver_match(const store::Message& message, Kept& kept);
  void deliver(const Delivery& delivery, Kept& kept);
  void enqueue(const Delivery& delivery, Kept& kept);
  void pop_oldest();
  void count(Outlet::Answer answer);

  Hub& hub_;
  const std::string client_;
  Outlet& outlet_;
  std::set<std::string, std::less<>> filters_;
  std::map<std::string, Replay, std::less<>> replays_;  // of filters whose retained messages are on their way
  std::deque<Waiting> queue_;                           // QoS 1
  std::size_t queued_bytes_ = 0;
  bool matched_ = false;  // this and the next three: of the publish() that goes on
  bool match_retain_ = false;
  std::uint8_t match_qos_ = 0;
  std::vector<std::uint32_t> match_identifiers_;
};

}  // namespace tidegate::hub
