#include "gateway/hub/hub.hpp"

#include <utility>

namespace tidegate::hub {
namespace {

Counter& drops(Metrics& metrics, const char* reason) {
  return metrics.counter("tidegate_hub_dropped_messages_total", "Messages that a local subscriber did not get",
                         {{"reason", reason}});
}

}  // namespace

HubCounters::HubCounters(Metrics& metrics)
    : delivered(metrics.counter("tidegate_hub_delivered_messages_total", "Messages sent to local subscribers")),
      behind(drops(metrics, "qos0_behind")),
      queue_full(drops(metrics, "queue_full")),
      too_large(drops(metrics, "too_large")),
      expired(drops(metrics, "expired")),
      left(drops(metrics, "connection_ended")),
      absent(drops(metrics, "absent")),
      not_retained(drops(metrics, "not_retained")),
      subscriptions(metrics.gauge("tidegate_hub_subscriptions", "Topic filters that local clients subscribe to")),
      queued_messages(metrics.gauge("tidegate_hub_queued_messages", "QoS 1 messages that wait for local subscribers")),
      queued_bytes(metrics.gauge("tidegate_hub_queued_bytes", "Their size; a message counts for each who waits")),
      retained_messages(metrics.gauge("tidegate_hub_retained_messages", "Topics with a retained message")),
      retained_bytes(metrics.gauge("tidegate_hub_retained_bytes", "Memory of the retained messages")) {}

void Hub::publish(const store::Message& message) {
  match(message);
  if (message.retain) retain(message);
  store::Kept kept;
  for (Subscriber* receiver : receivers_) receiver->deliver_match(message, kept);
}

// One record for all of them: the message stands in it once. What is dropped for it is in the same group.
void Hub::prepare(const store::Message& message, sessions::Group& group) {
  constexpr std::size_t kMostReceiverBytes = 64 << 10;  // so that the group fits into a frame
  match(message);
  sessions::Owed owed{message, {}};
  std::size_t receiver_bytes = 0;
  std::size_t promised = 0;
  for (Subscriber* receiver : receivers_) {
    auto record = receiver->prepare_match(message, promised);
    if (!record) continue;
    const sessions::Outbound::Place& place = *receiver->place_;
    const std::size_t bytes = sizeof(*record) + record->identifiers.size() * sizeof(std::uint32_t) +
                              place.dropped.size() * sizeof(std::uint16_t);
    if (receiver_bytes + bytes > kMostReceiverBytes) {
      receiver->renounce_match();
      continue;
    }
    receiver_bytes += bytes;
    receiver->add_dropped(place, group);
    owed.receivers.push_back(std::move(*record));
  }
  if (!owed.receivers.empty()) group.add(owed);
}

void Hub::publish(const store::Message& message, store::Ticket ticket) {
  if (message.retain) retain(message);
  store::Kept kept;
  for (Subscriber* receiver : receivers_) receiver->deliver_match(message, kept, ticket);
}

void Hub::match(const store::Message& message) {
  matches_.clear();
  receivers_.clear();
  tree_.match(message.topic, matches_);
  for (const Subscription* match : matches_)
    if (match->subscriber->add_match(*match, message)) receivers_.push_back(match->subscriber);
  for (Subscriber* receiver : receivers_) receiver->end_match();
}

void Hub::retain(const store::Message& message) {
  if (!retained_.put(message)) counters_.not_retained.add();
  counters_.retained_messages.set(static_cast<std::int64_t>(retained_.messages()));
  counters_.retained_bytes.set(static_cast<std::int64_t>(retained_.bytes()));
}

void Hub::rest(std::unique_ptr<Subscriber> subscriber) {
  subscriber->detach();
  const sessions::Session* session = &subscriber->session();
  resting_[session] = std::move(subscriber);
}

std::unique_ptr<Subscriber> Hub::resume(sessions::Session& session, Outlet& outlet) {
  auto resting = resting_.extract(&session);
  if (!resting) return std::make_unique<Subscriber>(*this, session, &outlet);
  resting.mapped()->attach(outlet);
  return std::move(resting.mapped());
}

void Hub::restore() {
  for (const auto& [client, session] : sessions_.all()) {
    auto subscriber = std::make_unique<Subscriber>(*this, *session, nullptr);
    subscriber->restore();
    resting_[session.get()] = std::move(subscriber);
  }
}

void Hub::on_durable() {
  for (Subscriber* subscriber : std::exchange(waiting_, {})) subscriber->wake();
}

}  // namespace tidegate::hub
