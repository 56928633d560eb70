#include "gateway/hub/subscriber.hpp"

#include <algorithm>

#include "gateway/hub/hub.hpp"

namespace tidegate::hub {
namespace {

std::size_t levels_of(std::string_view filter) {
  return static_cast<std::size_t>(std::count(filter.begin(), filter.end(), '/')) + 1;
}

/// Memory of a filter at most: its text here and, in pieces, in the tree.
std::size_t filter_cost(std::string_view filter) {
  constexpr std::size_t kNode = 256;
  return 2 * filter.size() + kNode * (levels_of(filter) + 1);
}

}  // namespace

Subscriber::Subscriber(Hub& hub, sessions::Session& session, Outlet* outlet)
    : hub_(hub), session_(session), outlet_(outlet) {
  session_.outbound.begin_again();
}

Subscriber::~Subscriber() {
  while (!filters_.empty()) remove(*filters_.begin());
  drop_queue();
  hub_.waiting_.erase(this);
}

void Subscriber::attach(Outlet& outlet) {
  outlet_ = &outlet;
  session_.outbound.begin_again();
}

void Subscriber::detach() {
  outlet_ = nullptr;
  drop_queue();
  replays_.clear();
}

Subscriber::Granted Subscriber::subscribe(std::string_view filter, const SubscriptionOptions& options) {
  if (session_.is_kept() && !hub_.sessions_.may_grow(filter_cost(filter))) return Granted::kRefused;
  // Noted first: what is granted and not noted would be gone after a start, and its client would not know.
  if (!note(sessions::Subscribed{session_.number, filter, options})) return Granted::kRefused;
  const Granted granted = put(filter, options);
  if (granted == Granted::kRefused) {
    (void)note(sessions::Unsubscribed{session_.number, filter});
  } else if (session_.is_kept()) {
    session_.subscribe(filter, options);
  }
  return granted;
}

bool Subscriber::unsubscribe(std::string_view filter) {
  if (!remove(filter)) return false;
  if (session_.unsubscribe(filter))
    (void)note(sessions::Unsubscribed{session_.number, filter});  // else it is there again after a start
  return true;
}

// Limits may be lower than they were: what they leave no room for waits for a start that has more.
void Subscriber::restore() {
  for (const auto& [filter, options] : session_.subscriptions()) (void)put(filter, options);
}

Subscriber::Granted Subscriber::put(std::string_view filter, const SubscriptionOptions& options) {
  const bool known = filters_.contains(filter);
  const std::size_t cost = filter_cost(filter);
  if (!known &&
      (filters_.size() >= hub_.options_.filters_per_subscriber || levels_of(filter) > hub_.options_.filter_levels ||
       hub_.filter_bytes_ + cost > hub_.options_.all_filters_bytes))
    return Granted::kRefused;
  hub_.tree_.put(filter, {this, options});
  if (known) return Granted::kReplaced;
  filters_.emplace(filter);
  hub_.filter_bytes_ += cost;
  hub_.counters_.subscriptions.add(1);
  return Granted::kNew;
}

bool Subscriber::remove(std::string_view filter) {
  const auto found = filters_.find(filter);
  if (found == filters_.end()) return false;
  hub_.tree_.remove(filter, *this);
  if (const auto replay = replays_.find(filter); replay != replays_.end()) replays_.erase(replay);
  hub_.filter_bytes_ -= filter_cost(filter);
  hub_.counters_.subscriptions.add(-1);
  filters_.erase(found);
  return true;
}

bool Subscriber::note(const sessions::StateRecord& record) {
  const auto ticket = hub_.sessions_.note(session_, record);
  if (ticket) noted_ = std::max(noted_, *ticket);
  return ticket.ok();
}

void Subscriber::send_retained(std::string_view filter, const SubscriptionOptions& options) {
  replays_.insert_or_assign(std::string(filter), Replay{options, {}});
}

bool Subscriber::resume() { return outlet_ != nullptr && resume_owed() && resume_queue() && replay_some(); }

/// False: the outlet is busy.
bool Subscriber::resume_queue() {
  while (!queue_.empty()) {
    const Waiting& next = queue_.front();
    Delivery delivery{next.message->view(), next.identifiers};
    delivery.message.qos = 1;
    delivery.message.retain = next.retain;
    const Outlet::Answer answer = outlet_->deliver(delivery);
    if (answer == Outlet::Answer::kBusy) return false;
    count(answer);
    pop_oldest();
  }
  return true;
}

// They wait where they are kept: a busy outlet costs none of them. However many filters a client asks for, one turn
// looks at a bounded number of topics, so that nobody else waits for it.
bool Subscriber::replay_some() {
  std::size_t budget = 1000;
  while (!replays_.empty() && budget > 0) {
    auto& [filter, next] = *replays_.begin();
    const store::Kept kept = hub_.retained_.next(filter, next.cursor, budget);
    if (!kept) {
      if (budget > 0) replays_.erase(replays_.begin());
      continue;
    }
    Delivery delivery{kept->view()};
    const SubscriptionOptions& options = next.options;
    if (!options.no_local || delivery.message.client != session_.client) {
      delivery.message.qos = std::min(delivery.message.qos, options.maximum_qos);
      if (options.identifier != 0) delivery.identifiers = std::span(&options.identifier, 1);
      if (!send_retained(delivery)) return false;
    }
    next.cursor.pass(delivery.message.topic);
  }
  return !replays_.empty();
}

/// False: not now.
bool Subscriber::send_retained(const Delivery& delivery) {
  if (delivery.message.qos == 2) return owe_retained(delivery);
  const Outlet::Answer answer = outlet_->deliver(delivery);
  if (answer == Outlet::Answer::kBusy) return false;
  count(answer);
  return true;
}

bool Subscriber::add_match(const Subscription& subscription, const store::Message& message) {
  const SubscriptionOptions& options = subscription.options;
  if (options.no_local && message.client == session_.client) return false;  // [MQTT-3.8.3-3]
  const bool first = !matched_;
  if (first) {
    matched_ = true;
    match_retain_ = false;
    match_qos_ = 0;
    match_identifiers_.clear();
    place_.reset();
  }
  match_qos_ = std::max(match_qos_, std::min(message.qos, options.maximum_qos));
  match_retain_ = match_retain_ || (options.retain_as_published && message.retain);  // [MQTT-3.3.1-12], [MQTT-3.3.1-13]
  if (options.identifier != 0) match_identifiers_.push_back(options.identifier);
  return first;
}

/// One copy, whatever the number of filters. `kept` is made if it must wait, and shared.
void Subscriber::deliver_match(const store::Message& message, store::Kept& kept) { deliver(matched(message), kept); }

Delivery Subscriber::matched(const store::Message& message) const {
  Delivery delivery{message, match_identifiers_};
  delivery.message.qos = match_qos_;
  delivery.message.retain = match_retain_;
  return delivery;
}

void Subscriber::deliver(const Delivery& delivery, store::Kept& kept) {
  const bool may_wait = delivery.message.qos != 0;
  if (outlet_ == nullptr) {
    if (may_wait) hub_.counters_.absent.add();
    return;
  }
  // What waits goes first: messages of one topic and QoS stay in order [MQTT-4.6.0-6].
  const auto answer = may_wait && !queue_.empty() ? Outlet::Answer::kBusy : outlet_->deliver(delivery);
  if (answer == Outlet::Answer::kBusy && may_wait) return enqueue(delivery, kept);
  count(answer);
}

// The oldest goes first, as a subscriber that is behind wants to know how things are now. To disconnect it instead
// would cost it all that waits, and all that comes until it is back.
void Subscriber::enqueue(const Delivery& delivery, store::Kept& kept) {
  if (!kept) kept = std::make_shared<const store::KeptMessage>(delivery.message);
  const std::size_t bytes = kept->bytes();
  const auto no_room = [&] {
    return queue_.size() >= hub_.options_.queue_messages || queued_bytes_ + bytes > hub_.options_.queue_bytes ||
           hub_.queued_bytes_ + bytes > hub_.options_.all_queues_bytes;
  };
  for (; !queue_.empty() && no_room(); pop_oldest()) hub_.counters_.queue_full.add();
  if (no_room()) return hub_.counters_.queue_full.add();
  queue_.push_back({kept, delivery.message.retain, {delivery.identifiers.begin(), delivery.identifiers.end()}});
  queued_bytes_ += bytes;
  hub_.queued_bytes_ += bytes;
  hub_.counters_.queued_messages.add(1);
  hub_.counters_.queued_bytes.add(static_cast<std::int64_t>(bytes));
}

void Subscriber::pop_oldest() {
  const std::size_t bytes = queue_.front().message->bytes();
  queue_.pop_front();
  queued_bytes_ -= bytes;
  hub_.queued_bytes_ -= bytes;
  hub_.counters_.queued_messages.add(-1);
  hub_.counters_.queued_bytes.add(-static_cast<std::int64_t>(bytes));
}

void Subscriber::drop_queue() {
  hub_.counters_.left.add(queue_.size());
  while (!queue_.empty()) pop_oldest();
}

void Subscriber::count(Outlet::Answer answer) {
  HubCounters& counters = hub_.counters_;
  switch (answer) {
    case Outlet::Answer::kTaken: return counters.delivered.add();
    case Outlet::Answer::kBusy: return counters.behind.add();
    case Outlet::Answer::kTooLarge: return counters.too_large.add();
    case Outlet::Answer::kExpired: return counters.expired.add();
  }
}

}  // namespace tidegate::hub
