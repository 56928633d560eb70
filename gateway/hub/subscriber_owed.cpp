// The subscriber's QoS 2: what its session owes the client, from the message's match to the last word of it.
#include <algorithm>

#include "gateway/hub/hub.hpp"

namespace tidegate::hub {
namespace {

// A message stands in a group twice, for its stream and for the sessions, and a group fits into a frame.
constexpr std::size_t kTooLargeBytes = 400 << 10;

bool is_too_large(const store::Message& message) {
  return message.topic.size() + message.client.size() + message.properties.size() + message.payload.size() >=
         kTooLargeBytes;
}

}  // namespace

/// Takes a place among what the client is owed, if it gets the message at QoS 2; else does nothing. `promised`: bytes
/// that others were promised. The record, of a session that is kept: with it, and add_dropped(), the place is sure.
std::optional<sessions::Owed::Receiver> Subscriber::prepare_match(const store::Message& message,
                                                                  std::size_t& promised) {
  if (match_qos_ != 2) return std::nullopt;
  place_ = place_for(message, promised);
  if (!place_) return std::nullopt;
  promised += store::KeptMessage::bytes_of(message);
  if (!session_.is_kept()) return std::nullopt;
  return record_of(matched(message), place_->packet_id);
}

void Subscriber::renounce_match() {
  place_.reset();
  hub_.counters_.queue_full.add();
}

void Subscriber::deliver_match(const store::Message& message, store::Kept& kept, store::Ticket ticket) {
  if (match_qos_ != 2) return deliver_match(message, kept);
  if (!place_) return;  // there was none for it
  owe(matched(message), *place_, kept, ticket);
  place_.reset();
  if (outlet_ != nullptr) (void)resume_owed();
}

/// Nothing, and counted, if there is none.
std::optional<sessions::Outbound::Place> Subscriber::place_for(const store::Message& message, std::size_t promised) {
  if (session_.is_kept() && is_too_large(message)) {
    hub_.counters_.too_large.add();
    return std::nullopt;
  }
  // A session that ends with its connection has no record of what is dropped, so nothing waits for one.
  const bool is_sending = session_.is_kept() && outlet_ != nullptr;
  auto place = session_.outbound.place(store::KeptMessage::bytes_of(message), promised, is_sending);
  if (!place) hub_.counters_.queue_full.add();
  return place;
}

sessions::Owed::Receiver Subscriber::record_of(const Delivery& delivery, std::uint16_t packet_id) const {
  return {
      session_.number, packet_id, delivery.message.retain, {delivery.identifiers.begin(), delivery.identifiers.end()}};
}

/// What is dropped for a place is in one group with what gets it: a start knows of both or of neither.
void Subscriber::add_dropped(const sessions::Outbound::Place& place, sessions::Group& group) const {
  if (place.dropped.empty()) return;
  group.add(sessions::Identifiers{session_.number, sessions::Step::kDone, place.dropped});
}

void Subscriber::owe(const Delivery& delivery, const sessions::Outbound::Place& place, store::Kept& kept,
                     store::Ticket ticket) {
  if (!kept) kept = std::make_shared<const store::KeptMessage>(delivery.message);
  hub_.counters_.queue_full.add(place.dropped.size());
  sessions::OwedMessage owed;
  owed.message = kept;
  owed.retain = delivery.message.retain;
  owed.identifiers.assign(delivery.identifiers.begin(), delivery.identifiers.end());
  owed.ticket = ticket;
  session_.outbound.owe(place, std::move(owed), session_.is_kept() ? ticket : store::Ticket{});
}

/// Sends, in order, what is durable and this connection was not sent yet. False: the outlet is busy.
bool Subscriber::resume_owed() {
  sessions::Outbound& outbound = session_.outbound;
  while (const sessions::OwedMessage* owed = outbound.next(hub_.sessions_.durable())) {
    const Outlet::Answer answer = send(*owed);
    if (answer == Outlet::Answer::kBusy) return false;
    count(answer);
    if (answer == Outlet::Answer::kTaken) {
      outbound.sent();
    } else {
      forget_owed(owed->packet_id);
    }
  }
  if (outbound.unsent() > 0) hub_.waiting_.insert(this);
  return true;
}

Outlet::Answer Subscriber::send(const sessions::OwedMessage& owed) {
  if (owed.phase == sessions::OwedMessage::Phase::kDelivered) return outlet_->release(owed.packet_id);
  Delivery delivery{owed.message->view(), owed.identifiers, owed.packet_id};
  delivery.message.qos = 2;
  delivery.message.retain = owed.retain;
  delivery.again = owed.phase == sessions::OwedMessage::Phase::kSent;
  return outlet_->deliver(delivery);
}

/// It is owed no more. Where no record can say so, a start owes it again.
void Subscriber::forget_owed(std::uint16_t packet_id) {
  (void)note(sessions::Identifiers{session_.number, sessions::Step::kDone, {packet_id}});
  session_.outbound.done(packet_id);
}

/// As many at a time as hold nobody up. False: not now; when something was sent or became durable, again.
bool Subscriber::owe_retained(const Delivery& delivery) {
  constexpr std::size_t kMostUnsent = 64;
  if (session_.outbound.unsent() >= kMostUnsent) return false;
  const auto place = place_for(delivery.message, 0);
  if (!place) return true;
  store::Ticket ticket;
  if (session_.is_kept()) {
    sessions::Group group = hub_.sessions_.group();
    add_dropped(*place, group);
    group.add(sessions::Owed{delivery.message, {record_of(delivery, place->packet_id)}});
    const auto noted = hub_.sessions_.append(group);
    hub_.sessions_.submit();
    if (!noted) {
      hub_.waiting_.insert(this);
      return false;
    }
    ticket = *noted;
  }
  store::Kept kept;
  owe(delivery, *place, kept, ticket);
  return resume_owed();
}

void Subscriber::wake() {
  if (outlet_ != nullptr) outlet_->wake();
}

}  // namespace tidegate::hub
