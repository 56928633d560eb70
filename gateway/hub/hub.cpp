#include "gateway/hub/hub.hpp"

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
      not_retained(drops(metrics, "not_retained")),
      subscriptions(metrics.gauge("tidegate_hub_subscriptions", "Topic filters that local clients subscribe to")),
      queued_messages(metrics.gauge("tidegate_hub_queued_messages", "QoS 1 messages that wait for local subscribers")),
      queued_bytes(metrics.gauge("tidegate_hub_queued_bytes", "Their size; a message counts for each who waits")),
      retained_messages(metrics.gauge("tidegate_hub_retained_messages", "Topics with a retained message")),
      retained_bytes(metrics.gauge("tidegate_hub_retained_bytes", "Memory of the retained messages")) {}

void Hub::publish(const store::Message& message) {
  if (message.retain) retain(message);
  matches_.clear();
  receivers_.clear();
  tree_.match(message.topic, matches_);
  for (const Subscription* match : matches_)
    if (match->subscriber->add_match(*match, message)) receivers_.push_back(match->subscriber);
  Kept kept;
  for (Subscriber* receiver : receivers_) receiver->deliver_match(message, kept);
}

void Hub::retain(const store::Message& message) {
  if (!retained_.put(message)) counters_.not_retained.add();
  counters_.retained_messages.set(static_cast<std::int64_t>(retained_.messages()));
  counters_.retained_bytes.set(static_cast<std::int64_t>(retained_.bytes()));
}

}  // namespace tidegate::hub
