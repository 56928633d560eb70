// The connection as the hub's outlet: what it subscribes to, and what is delivered to it.
#include "gateway/south/mqtt_server/connection.hpp"
#include "gateway/south/mqtt_server/server.hpp"

namespace tidegate::south {
namespace {

constexpr std::size_t kMostBehind = 64 << 10;  // of deliveries that the socket does not take; more wait in the hub
constexpr std::size_t kMostOwed = 64 << 10;    // a client that does not read its PUBACKs is not read either

hub::SubscriptionOptions options_of(const mqtt::TopicFilter& filter, std::uint32_t identifier) {
  return {.maximum_qos = static_cast<std::uint8_t>(filter.maximum_qos),
          .no_local = filter.no_local,
          .retain_as_published = filter.retain_as_published,
          .identifier = identifier};
}

mqtt::Reason reason_of(hub::Subscriber::Granted granted, const mqtt::TopicFilter& filter) {
  if (granted == hub::Subscriber::Granted::kRefused) return mqtt::Reason::kQuotaExceeded;
  return static_cast<mqtt::Reason>(filter.maximum_qos);  // reasons 0 to 2: the QoS granted
}

bool wants_retained(hub::Subscriber::Granted granted, mqtt::RetainHandling handling) {
  switch (granted) {
    case hub::Subscriber::Granted::kNew: return handling != mqtt::RetainHandling::kNever;
    case hub::Subscriber::Granted::kReplaced: return handling == mqtt::RetainHandling::kAlways;
    case hub::Subscriber::Granted::kRefused: return false;
  }
  return false;
}

}  // namespace

void Connection::handle(const mqtt::Subscribe& subscribe, Buffer& output) {
  offer(output);  // what came before it is not for it
  if (state_ == State::kGone) return;
  if (!subscriber_) subscriber_ = server_.hub_.resume(session(), *this);
  std::vector<mqtt::Reason> reasons;
  mqtt::TopicFilters filters = subscribe.filters;
  for (mqtt::TopicFilter filter; filters.next(filter);) reasons.push_back(grant(filter, subscribe.identifier));
  Buffer suback;
  session_.suback(subscribe.packet_id, reasons, suback);
  say_when_durable(subscriber_->noted(), std::move(suback), output);
  flush(output);  // before what is retained
  output.clear();
  flush_soon();
}

mqtt::Reason Connection::grant(const mqtt::TopicFilter& filter, std::uint32_t identifier) {
  if (mqtt::is_shared(filter.filter)) return mqtt::Reason::kSharedSubscriptionsNotSupported;
  const hub::SubscriptionOptions options = options_of(filter, identifier);
  const hub::Subscriber::Granted granted = subscriber_->subscribe(filter.filter, options);
  if (wants_retained(granted, filter.retain_handling)) subscriber_->send_retained(filter.filter, options);
  return reason_of(granted, filter);
}

void Connection::handle(const mqtt::Unsubscribe& unsubscribe, Buffer& output) {
  offer(output);  // what came before it is still for it
  if (state_ == State::kGone) return;
  std::vector<mqtt::Reason> reasons;
  mqtt::TopicFilters filters = unsubscribe.filters;
  for (mqtt::TopicFilter filter; filters.next(filter);) {
    const bool existed = subscriber_ && subscriber_->unsubscribe(filter.filter);
    reasons.push_back(existed ? mqtt::Reason::kSuccess : mqtt::Reason::kNoSubscriptionExisted);
  }
  Buffer unsuback;
  session_.unsuback(unsubscribe.packet_id, reasons, unsuback);
  say_when_durable(subscriber_ ? subscriber_->noted() : store::Ticket{}, std::move(unsuback), output);
}

// Called from within a publish(), perhaps of this connection: it writes no more than the socket takes, and leaves what
// may end the connection to on_deliveries().
hub::Outlet::Answer Connection::deliver(const hub::Delivery& delivery) {
  if (is_behind()) return Answer::kBusy;
  const store::Message& message = delivery.message;
  mqtt::Delivery sent;
  sent.message.topic = message.topic;
  sent.message.payload = message.payload;
  sent.message.properties = message.properties;
  sent.message.packet_id = delivery.packet_id;
  sent.message.qos = static_cast<mqtt::QoS>(message.qos);
  sent.message.dup = delivery.again;
  sent.message.retain = message.retain;
  // Perhaps it expires; but not once it may have left, or its identifier would stay with the client.
  if (!message.properties.empty() && !delivery.again) {
    const auto waited = server_.clock_.monotonic() - message.received.monotonic;
    sent.waited = std::chrono::duration_cast<std::chrono::seconds>(waited);
  }
  sent.identifiers = delivery.identifiers;
  switch (session_.publish(sent, unsent_)) {
    case mqtt::Sent::kSent: break;
    case mqtt::Sent::kNoQuota: return Answer::kBusy;
    case mqtt::Sent::kTooLarge: return Answer::kTooLarge;
    case mqtt::Sent::kExpired: return Answer::kExpired;
  }
  flush_soon();
  return Answer::kTaken;
}

hub::Outlet::Answer Connection::release(std::uint16_t packet_id) {
  if (is_behind()) return Answer::kBusy;
  session_.acknowledge({mqtt::AckKind::kPubrel, packet_id}, unsent_);
  flush_soon();
  return Answer::kTaken;
}

bool Connection::is_behind() {
  if (!session_.connected()) return true;
  if (unsent_.size() >= kMostBehind && !waiting_writable_) (void)write_unsent();
  return unsent_.size() >= kMostBehind;
}

void Connection::flush_soon() {
  if (!flushes_soon_) server_.flush_soon(id_);
  flushes_soon_ = true;
}

// In this order whoever was told that the connection is busy is asked again: now if the socket has taken all, else when
// it becomes writable. What resume() delivers is flushed in a turn of its own.
void Connection::on_deliveries() {
  flushes_soon_ = false;
  flush({});
  resume();
}

void Connection::resume() {
  if (subscriber_ && subscriber_->resume()) flush_soon();
}

// Deliveries alone never stop the reading: behind them come PUBACKs and PINGREQs.
std::size_t Connection::most_unsent() const {
  return kMostBehind + server_.options_.limits.maximum_packet_size + kMostOwed;
}

}  // namespace tidegate::south
