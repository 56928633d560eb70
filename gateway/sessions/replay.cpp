#include "gateway/sessions/replay.hpp"

#include <algorithm>

namespace tidegate::sessions {

bool Replay::apply(const store::Record& record) {
  store::Message message = record.message;
  // Monotonic times of another boot mean nothing here: how long a message has waited counts from now on.
  if (record.boot != clock_.boot_id()) message.received = clock_.now();
  const auto decoded = decode(message);
  if (!decoded) return false;
  std::visit([this](const auto& one) { this->apply(one); }, *decoded);
  return true;
}

void Replay::apply(const SessionIs& record) {
  last_ = std::max(last_, record.session);
  if (record.session.value == 0) return;
  Session*& known = by_number_[record.session];
  if (known == nullptr) {
    auto session = std::make_unique<Session>(std::string(record.client), record.session, shared_);
    known = session.get();
    std::unique_ptr<Session>& place = sessions_[known->client];
    if (place) by_number_.erase(place->number);  // a client has one session: the newest
    place = std::move(session);
  }
  known->expiry = record.expiry;
}

void Replay::apply(const SessionEnded& record) {
  const auto found = by_number_.find(record.session);
  if (found == by_number_.end()) return;
  const std::string client = found->second->client;
  by_number_.erase(found);
  sessions_.erase(client);
}

void Replay::apply(const Subscribed& record) {
  if (Session* session = find(record.session)) session->subscribe(record.filter, record.options);
}

void Replay::apply(const Unsubscribed& record) {
  if (Session* session = find(record.session)) (void)session->unsubscribe(record.filter);
}

void Replay::apply(const Identifiers& record) {
  Session* session = find(record.session);
  if (session == nullptr) return;
  for (const std::uint16_t packet_id : record.packet_ids) apply(record.step, packet_id, *session);
}

void Replay::apply(Step step, std::uint16_t packet_id, Session& session) {
  switch (step) {
    case Step::kReceived: return session.received.insert(packet_id, {});
    case Step::kReleased: return session.received.erase(packet_id);
    case Step::kDelivered: {
      // In a snapshot the identifier is all that is left of the message.
      OwedMessage owed;
      owed.packet_id = packet_id;
      owed.phase = OwedMessage::Phase::kDelivered;
      session.outbound.restore(std::move(owed));
      return session.outbound.delivered(packet_id, {});
    }
    case Step::kDone: return session.outbound.done(packet_id);
  }
}

void Replay::apply(const Owed& record) {
  store::Kept kept;
  for (const Owed::Receiver& receiver : record.receivers) {
    Session* session = find(receiver.session);
    if (session == nullptr) continue;
    if (!kept) kept = std::make_shared<const store::KeptMessage>(record.message);
    OwedMessage owed;
    owed.packet_id = receiver.packet_id;
    owed.message = kept;
    owed.retain = receiver.retain;
    owed.identifiers = receiver.identifiers;
    session->outbound.restore(std::move(owed));
  }
}

Session* Replay::find(SessionNumber number) const {
  const auto found = by_number_.find(number);
  return found == by_number_.end() ? nullptr : found->second;
}

}  // namespace tidegate::sessions
