#pragma once

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/hub/outlet.hpp"
#include "gateway/hub/retained.hpp"
#include "gateway/hub/subscription.hpp"
#include "gateway/sessions/group.hpp"
#include "gateway/sessions/session.hpp"
#include "gateway/store/kept_message.hpp"

namespace tidegate::hub {

class Hub;

/// A client that subscribes: its filters, and what waits for it. Its connection owns it while there is one; of a
/// session that is kept it goes on without, so long as the session (Hub::rest). Reactor only; the hub, the session and
/// the outlet outlive it.
///
/// QoS 0 is delivered at once or, if the outlet is busy, dropped. QoS 1 waits in a bounded queue, in memory and for as
/// long as the connection; when that is full its oldest message is dropped. QoS 2 is owed by the session from when it
/// is taken until its PUBCOMP. Each drop is counted by reason.
class Subscriber {
 public:
  enum class Granted : std::uint8_t { kNew, kReplaced, kRefused };

  /// `outlet`: nullptr, the client is away.
  Subscriber(Hub& hub, sessions::Session& session, Outlet* outlet);
  ~Subscriber();
  Subscriber(const Subscriber&) = delete;
  Subscriber& operator=(const Subscriber&) = delete;

  /// `filter` is a valid topic filter. kRefused: the hub's limits or the store leave no room for it.
  Granted subscribe(std::string_view filter, const SubscriptionOptions& options);
  /// False: there was no such subscription.
  bool unsubscribe(std::string_view filter);
  /// Everything that was subscribed and unsubscribed outlives the gateway when this is durable.
  [[nodiscard]] store::Ticket noted() const { return noted_; }
  /// What is retained for a filter that was just granted is delivered by resume(), as fast as the outlet takes it.
  void send_retained(std::string_view filter, const SubscriptionOptions& options);
  /// The outlet is not busy any more: delivers what waits, in order, then what is retained. True: there is more to look
  /// at than one call should; call again in the reactor's next turn.
  bool resume();

  [[nodiscard]] const sessions::Session& session() const { return session_; }
  [[nodiscard]] std::size_t waiting() const { return queue_.size(); }

 private:
  friend class Hub;
  struct Waiting {
    store::Kept message;
    bool retain = false;
    std::vector<std::uint32_t> identifiers;
  };

  struct Replay {
    SubscriptionOptions options;
    RetainedCursor cursor;
  };

  void attach(Outlet& outlet);
  void detach();
  void restore();
  void wake();
  Granted put(std::string_view filter, const SubscriptionOptions& options);
  bool remove(std::string_view filter);
  bool note(const sessions::StateRecord& record);

  // Parts of one message's way: each filter that matches; what QoS 2 needs before it is taken; and its delivery.
  bool add_match(const Subscription& subscription, const store::Message& message);
  void end_match() { matched_ = false; }
  std::optional<sessions::Owed::Receiver> prepare_match(const store::Message& message, std::size_t& promised);
  void renounce_match();
  void deliver_match(const store::Message& message, store::Kept& kept);
  void deliver_match(const store::Message& message, store::Kept& kept, store::Ticket ticket);

  void deliver(const Delivery& delivery, store::Kept& kept);
  void enqueue(const Delivery& delivery, store::Kept& kept);
  void pop_oldest();
  void drop_queue();
  bool resume_queue();
  bool replay_some();
  bool send_retained(const Delivery& delivery);
  [[nodiscard]] Delivery matched(const store::Message& message) const;

  bool resume_owed();
  Outlet::Answer send(const sessions::OwedMessage& owed);
  std::optional<sessions::Outbound::Place> place_for(const store::Message& message, std::size_t promised);
  [[nodiscard]] sessions::Owed::Receiver record_of(const Delivery& delivery, std::uint16_t packet_id) const;
  void add_dropped(const sessions::Outbound::Place& place, sessions::Group& group) const;
  void owe(const Delivery& delivery, const sessions::Outbound::Place& place, store::Kept& kept, store::Ticket ticket);
  bool owe_retained(const Delivery& delivery);
  void forget_owed(std::uint16_t packet_id);
  void count(Outlet::Answer answer);

  Hub& hub_;
  sessions::Session& session_;
  Outlet* outlet_;
  std::set<std::string, std::less<>> filters_;
  std::map<std::string, Replay, std::less<>> replays_;  // of filters whose retained messages are on their way
  std::deque<Waiting> queue_;                           // QoS 1
  std::size_t queued_bytes_ = 0;
  store::Ticket noted_;
  bool matched_ = false;  // this and what follows: of the message that is on its way
  bool match_retain_ = false;
  std::uint8_t match_qos_ = 0;
  std::vector<std::uint32_t> match_identifiers_;
  std::optional<sessions::Outbound::Place> place_;
};

}  // namespace tidegate::hub
