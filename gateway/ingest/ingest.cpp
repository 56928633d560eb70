#include "gateway/ingest/ingest.hpp"

#include <utility>

#include "gateway/base/assert.hpp"

namespace tidegate::ingest {

Ingest::Ingest(IngestOptions options, store::Store& store, hub::Hub& hub, const Clock& clock, Metrics& metrics)
    : options_(std::move(options)),
      store_(store),
      hub_(hub),
      clock_(clock),
      rules_(options_.rules),
      stored_(metrics.counter("tidegate_ingest_stored_messages_total", "Messages handed to the store")),
      unmatched_total_(metrics.counter("tidegate_ingest_unmatched_messages_total", "Messages that no stream matches")),
      shed_(metrics.counter("tidegate_ingest_dropped_messages_total", "Messages dropped at the door",
                            {{"reason", "no_room_qos0"}})),
      held_(metrics.counter("tidegate_ingest_held_total", "Times a client was held back for want of room or rate")) {}

Source Ingest::source(std::string client) {
  const TokenBucket rate = resting_.take(client, TokenBucket(options_.client_rate_per_s, options_.client_burst));
  return {std::move(client), rate};
}

void Ingest::rest(Source& source) {
  resting_.put(source.client, std::exchange(source.rate, TokenBucket(0, 0)), clock_.monotonic());
}

Taken Ingest::publish(Source& source, std::span<const Incoming> messages) {
  const Timestamp now = clock_.now();
  std::size_t allowed = 0;
  while (allowed < messages.size() && source.rate.take(1, now.monotonic)) ++allowed;
  const auto too_fast = allowed < messages.size() ? std::optional(source.rate.wait_for(1)) : std::nullopt;
  Taken taken = take_from_front(messages.first(allowed), source, now);
  if (taken.count == allowed) taken.retry_after = too_fast;
  source.rate.give_back(static_cast<double>(allowed - taken.count));
  if (taken.count < messages.size()) held_.add();
  return taken;
}

Taken Ingest::publish_last(Source& source, std::span<const Incoming> messages) {
  const Timestamp now = clock_.now();
  source.rate.owe(static_cast<double>(messages.size()), now.monotonic);
  return take_from_front(messages, source, now);
}

Taken Ingest::take_from_front(std::span<const Incoming> messages, const Source& source, const Timestamp& now) {
  Taken taken;
  for (const Incoming& incoming : messages) {
    const store::Message message{incoming.topic, source.client,  incoming.payload, incoming.properties, now,
                                 incoming.qos,   incoming.retain};
    if (take(message, taken.ticket) == Outcome::kHeld) break;
    ++taken.count;
    if (hub_.wants(message.retain)) hub_.publish(message);
  }
  store_.submit();
  return taken;
}

Ingest::Outcome Ingest::take(const store::Message& message, store::Ticket& ticket) {
  const auto stream = rules_.choose(message.topic);
  if (!stream) {
    unmatched_.count(message.topic);
    unmatched_total_.add();
    return Outcome::kDone;
  }
  const auto urgency = message.qos == 0 ? store::Urgency::kWithinSecond : store::Urgency::kAtOnce;
  if (const auto appended = store_.append(*stream, message, urgency); appended) {
    ticket = *appended;
    stored_.add();
    return Outcome::kDone;
  } else {
    TIDEGATE_ASSERT(can_retry(appended.error().kind), "a listener let a message through that no frame can hold");
  }
  if (message.qos != 0) return Outcome::kHeld;
  shed_.add();
  return Outcome::kDone;
}

}  // namespace tidegate::ingest
