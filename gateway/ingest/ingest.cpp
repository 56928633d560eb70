#include "gateway/ingest/ingest.hpp"

#include <algorithm>
#include <utility>

#include "gateway/base/assert.hpp"

namespace tidegate::ingest {

namespace {

/// What counts for a client's rate: not what it says of a message afterwards.
bool is_message(const Incoming& incoming) { return incoming.act == Act::kPublish; }

double count_messages(std::span<const Incoming> some) {
  return static_cast<double>(std::count_if(some.begin(), some.end(), is_message));
}

}  // namespace

Ingest::Ingest(IngestOptions options, store::Store& store, sessions::Sessions& sessions, hub::Hub& hub,
               const Clock& clock, Metrics& metrics)
    : options_(std::move(options)),
      store_(store),
      sessions_(sessions),
      hub_(hub),
      clock_(clock),
      exactly_once_(sessions, hub),
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
  const auto may_pass = [&](const Incoming& one) { return !is_message(one) || source.rate.take(1, now.monotonic); };
  while (allowed < messages.size() && may_pass(messages[allowed])) ++allowed;
  const auto too_fast = allowed < messages.size() ? std::optional(source.rate.wait_for(1)) : std::nullopt;
  Taken taken = take_from_front(messages.first(allowed), source, now);
  if (taken.count == allowed) taken.retry_after = too_fast;
  source.rate.give_back(count_messages(messages.subspan(taken.count, allowed - taken.count)));
  if (taken.count < messages.size()) held_.add();
  return taken;
}

Taken Ingest::publish_last(Source& source, std::span<const Incoming> messages) {
  const Timestamp now = clock_.now();
  source.rate.owe(count_messages(messages), now.monotonic);
  return take_from_front(messages, source, now);
}

Taken Ingest::take_from_front(std::span<const Incoming> messages, const Source& source, const Timestamp& now) {
  Taken taken;
  for (const Incoming& incoming : messages) {
    const store::Message message{incoming.topic, source.client,  incoming.payload, incoming.properties, now,
                                 incoming.qos,   incoming.retain};
    if (take(source, incoming, message, taken.ticket) == Outcome::kHeld) break;
    ++taken.count;
  }
  store_.submit();
  return taken;
}

Ingest::Outcome Ingest::take(const Source& source, const Incoming& incoming, const store::Message& message,
                             store::Ticket& ticket) {
  if (!is_message(incoming)) return go_on(source, incoming, ticket);
  if (message.qos == 2) return take_once(source, incoming.packet_id, message, ticket);
  if (const auto stream = stream_of(message)) {
    const auto urgency = message.qos == 0 ? store::Urgency::kWithinSecond : store::Urgency::kAtOnce;
    const auto appended = store_.append(*stream, message, urgency);
    const Outcome outcome = settle(appended, ticket);
    if (outcome == Outcome::kHeld && message.qos != 0) return outcome;
    (outcome == Outcome::kDone ? stored_ : shed_).add();
  }
  if (hub_.wants(message.retain)) hub_.publish(message);
  return Outcome::kDone;
}

Ingest::Outcome Ingest::take_once(const Source& source, std::uint16_t packet_id, const store::Message& message,
                                  store::Ticket& ticket) {
  if (ExactlyOnce::has(source.session, packet_id)) {
    ticket = std::max(ticket, source.session->received.ticket());
    return Outcome::kDone;
  }
  const auto stream = rules_.choose(message.topic);
  const Outcome outcome = settle(exactly_once_.take(source.session, packet_id, message, stream), ticket);
  if (outcome == Outcome::kHeld) return outcome;
  stream ? stored_.add() : count_unmatched(message);
  return outcome;
}

Ingest::Outcome Ingest::go_on(const Source& source, const Incoming& incoming, store::Ticket& ticket) {
  if (source.session == nullptr) return Outcome::kDone;  // nothing was ever said at QoS 2
  sessions::Session& session = *source.session;
  switch (incoming.act) {
    case Act::kPublish:
    case Act::kTooLarge: break;
    case Act::kRelease: return settle(exactly_once_.release(session, incoming.packet_id), ticket);
    case Act::kDelivered: return settle(exactly_once_.delivered(session, incoming.packet_id), ticket);
    case Act::kDone: exactly_once_.done(session, incoming.packet_id);
  }
  return Outcome::kDone;
}

Ingest::Outcome Ingest::settle(const Result<store::Ticket>& appended, store::Ticket& ticket) {
  if (appended) {
    ticket = std::max(ticket, *appended);
    return Outcome::kDone;
  }
  TIDEGATE_ASSERT(can_retry(appended.error().kind), "a listener let a message through that no frame can hold");
  return Outcome::kHeld;
}

std::optional<StreamIndex> Ingest::stream_of(const store::Message& message) {
  const auto stream = rules_.choose(message.topic);
  if (!stream) count_unmatched(message);
  return stream;
}

void Ingest::count_unmatched(const store::Message& message) {
  unmatched_.count(message.topic);
  unmatched_total_.add();
}

// First those whose answers may leave, then those who are delivered something.
void Ingest::on_durable() {
  commit_waiters_.wake_all();
  hub_.on_durable();
  sessions_.on_durable();
}

}  // namespace tidegate::ingest
