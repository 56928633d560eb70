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

Subscriber::Subscriber(Hub& hub, std::string client, Outlet& outlet)
    : hub_(hub), client_(std::move(client)), outlet_(outlet) {}

Subscriber::~Subscriber() {
  while (!filters_.empty()) unsubscribe(std::string(*filters_.begin()));
  hub_.counters_.left.add(queue_.size());
  hub_.counters_.queued_messages.add(-static_cast<std::int64_t>(queue_.size()));
  hub_.counters_.queued_bytes.add(-static_cast<std::int64_t>(queued_bytes_));
  hub_.queued_bytes_ -= queued_bytes_;
}

Subscriber::Granted Subscriber::subscribe(std::string_view filter, const SubscriptionOptions& options) {
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

bool Subscriber::unsubscribe(std::string_view filter) {
  const auto found = filters_.find(filter);
  if (found == filters_.end()) return false;
  hub_.tree_.remove(filter, *this);
  if (const auto replay = replays_.find(filter); replay != replays_.end()) replays_.erase(replay);
  hub_.filter_bytes_ -= filter_cost(filter);
  hub_.counters_.subscriptions.add(-1);
  filters_.erase(found);
  return true;
}

void Subscriber::send_retained(std::string_view filter, const SubscriptionOptions& options) {
  replays_.insert_or_assign(std::string(filter), Replay{options, {}});
}

bool Subscriber::resume() { return resume_queue() && replay_some(); }

/// False: the outlet is busy.
bool Subscriber::resume_queue() {
  while (!queue_.empty()) {
    const Waiting& next = queue_.front();
    Delivery delivery{next.message->view(), next.identifiers};
    delivery.message.qos = 1;
    delivery.message.retain = next.retain;
    const Outlet::Answer answer = outlet_.deliver(delivery);
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
    auto& [filter, replay] = *replays_.begin();
    const Kept kept = hub_.retained_.next(filter, replay.cursor, budget);
    if (!kept) {
      if (budget > 0) replays_.erase(replays_.begin());
      continue;
    }
    Delivery delivery{kept->view()};
    const SubscriptionOptions& options = replay.options;
    if (!options.no_local || delivery.message.client != client_) {
      delivery.message.qos = std::min(delivery.message.qos, options.maximum_qos);
      if (options.identifier != 0) delivery.identifiers = std::span(&options.identifier, 1);
      const Outlet::Answer answer = outlet_.deliver(delivery);
      if (answer == Outlet::Answer::kBusy) return false;
      count(answer);
    }
    replay.cursor.pass(delivery.message.topic);
  }
  return !replays_.empty();
}

bool Subscriber::add_match(const Subscription& subscription, const store::Message& message) {
  const SubscriptionOptions& options = subscription.options;
  if (options.no_local && message.client == client_) return false;  // [MQTT-3.8.3-3]
  const bool first = !matched_;
  if (first) {
    matched_ = true;
    match_retain_ = false;
    match_qos_ = 0;
    match_identifiers_.clear();
  }
  match_qos_ = std::max(match_qos_, std::min(message.qos, options.maximum_qos));
  match_retain_ = match_retain_ || (options.retain_as_published && message.retain);  // [MQTT-3.3.1-12], [MQTT-3.3.1-13]
  if (options.identifier != 0) match_identifiers_.push_back(options.identifier);
  return first;
}

void Subscriber::deliver_match(const store::Message& message, Kept& kept) {
  matched_ = false;
  Delivery delivery{message, match_identifiers_};
  delivery.message.qos = match_qos_;
  delivery.message.retain = match_retain_;
  deliver(delivery, kept);
}

void Subscriber::deliver(const Delivery& delivery, Kept& kept) {
  const bool may_wait = delivery.message.qos != 0;
  // What waits goes first: messages of one topic and QoS stay in order [MQTT-4.6.0-6].
  const auto answer = may_wait && !queue_.empty() ? Outlet::Answer::kBusy : outlet_.deliver(delivery);
  if (answer == Outlet::Answer::kBusy && may_wait) return enqueue(delivery, kept);
  count(answer);
}

// The oldest goes first, as a subscriber that is behind wants to know how things are now. To disconnect it instead
// would cost it all that waits, and all that comes until it is back: its session ends with its connection.
void Subscriber::enqueue(const Delivery& delivery, Kept& kept) {
  if (!kept) kept = std::make_shared<const KeptMessage>(delivery.message);
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
