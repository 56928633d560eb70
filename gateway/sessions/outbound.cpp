#include "gateway/sessions/outbound.hpp"

#include <algorithm>

namespace tidegate::sessions {

namespace {

std::size_t cost(std::size_t message_bytes, std::size_t identifiers) {
  return sizeof(OwedMessage) + message_bytes + identifiers * sizeof(std::uint32_t);
}

std::size_t cost(const OwedMessage& owed) {
  return cost(owed.message ? owed.message->bytes() : 0, owed.identifiers.size());
}

}  // namespace

Outbound::~Outbound() {
  while (!messages_.empty()) remove(messages_.begin());
}

std::optional<Outbound::Place> Outbound::place(std::size_t bytes, std::size_t promised, bool is_sending) const {
  Place place;
  std::size_t count = messages_.size();
  std::size_t mine = bytes_ + cost(bytes, 0);
  std::size_t all = budget_.used() + promised + cost(bytes, 0);
  const std::size_t most = std::min<std::size_t>(limits_.messages, UINT16_MAX - kLeastId);
  const auto unsent = [](const OwedMessage& owed) { return owed.phase == OwedMessage::Phase::kUnsent; };
  auto oldest = std::find_if(messages_.begin(), messages_.end(), unsent);
  if (is_sending) oldest += std::min((messages_.end() - oldest) / 2, static_cast<std::ptrdiff_t>(limits_.at_a_time));
  while (count >= most || mine > limits_.bytes || all > budget_.limit()) {
    if (oldest == messages_.end()) return std::nullopt;
    place.dropped.push_back(oldest->packet_id);
    --count;
    mine -= cost(*oldest);
    all -= cost(*oldest);
    ++oldest;
  }
  place.packet_id = free_id();
  return place;
}

void Outbound::owe(const Place& place, OwedMessage message, store::Ticket dropped) {
  for (const std::uint16_t packet_id : place.dropped) drop(packet_id, dropped);
  message.packet_id = place.packet_id;
  add(std::move(message));
}

void Outbound::restore(OwedMessage message) {
  if (find(message.packet_id) == nullptr) add(std::move(message));
}

OwedMessage* Outbound::find(std::uint16_t packet_id) {
  const auto found = at(packet_id);
  return found == messages_.end() ? nullptr : &*found;
}

void Outbound::delivered(std::uint16_t packet_id, store::Ticket ticket) {
  OwedMessage* owed = find(packet_id);
  if (owed == nullptr) return;
  const std::size_t before = cost(*owed);
  owed->phase = OwedMessage::Phase::kDelivered;
  owed->ticket = ticket;
  owed->message.reset();
  owed->identifiers = {};
  bytes_ -= before - cost(*owed);
  budget_.give_back(before - cost(*owed));
}

void Outbound::done(std::uint16_t packet_id) {
  if (const auto found = at(packet_id); found != messages_.end()) remove(found);
}

OwedMessage* Outbound::next(store::Ticket durable) {
  if (sent_ == messages_.size() || messages_[sent_].ticket > durable) return nullptr;
  return &messages_[sent_];
}

void Outbound::sent() {
  OwedMessage& owed = messages_[sent_++];
  if (owed.phase == OwedMessage::Phase::kUnsent) owed.phase = OwedMessage::Phase::kSent;
}

void Outbound::assume_sent() {
  std::size_t left = limits_.at_a_time;
  for (OwedMessage& owed : messages_) {
    if (owed.phase == OwedMessage::Phase::kDelivered) continue;
    if (left-- == 0) return;
    owed.phase = OwedMessage::Phase::kSent;
  }
}

// In turn, so that one is used again only after all others.
std::uint16_t Outbound::free_id() const {
  std::uint16_t packet_id = last_id_;
  do {
    packet_id = packet_id < kLeastId || packet_id == UINT16_MAX ? kLeastId : static_cast<std::uint16_t>(packet_id + 1);
  } while (!is_free(packet_id));
  return packet_id;
}

bool Outbound::is_free(std::uint16_t packet_id) const {
  return std::none_of(messages_.begin(), messages_.end(),
                      [packet_id](const OwedMessage& owed) { return owed.packet_id == packet_id; });
}

void Outbound::add(OwedMessage message) {
  last_id_ = message.packet_id;
  bytes_ += cost(message);
  budget_.take(cost(message));
  owed_messages_.add(1);
  messages_.push_back(std::move(message));
}

Outbound::Messages::iterator Outbound::at(std::uint16_t packet_id) {
  return std::find_if(messages_.begin(), messages_.end(),
                      [packet_id](const OwedMessage& owed) { return owed.packet_id == packet_id; });
}

// What is behind it waits for its end: where a start owes it again, nothing younger was sent.
void Outbound::drop(std::uint16_t packet_id, store::Ticket ticket) {
  const auto found = at(packet_id);
  if (found == messages_.end()) return;
  if (const auto behind = found + 1; behind != messages_.end()) behind->ticket = std::max(behind->ticket, ticket);
  remove(found);
}

void Outbound::remove(Messages::iterator at) {
  bytes_ -= cost(*at);
  budget_.give_back(cost(*at));
  owed_messages_.add(-1);
  if (static_cast<std::size_t>(at - messages_.begin()) < sent_) --sent_;
  messages_.erase(at);
}

}  // namespace tidegate::sessions
