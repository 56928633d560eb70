#include "gateway/ingest/exactly_once.hpp"

namespace tidegate::ingest {

using sessions::Identifiers;
using sessions::Step;

Result<store::Ticket> ExactlyOnce::take(sessions::Session* session, std::uint16_t packet_id,
                                        const store::Message& message, std::optional<StreamIndex> stream) {
  const bool has_id = session != nullptr && packet_id != 0;
  if (has_id && !sessions_.may_grow(sizeof packet_id))
    return Error{ErrorKind::kNoSpace, "too many messages are received and not released"};
  sessions::Group group = sessions_.group();
  if (stream) group.add(*stream, message);
  if (has_id && session->is_kept()) group.add(Identifiers{session->number, Step::kReceived, {packet_id}});
  hub_.prepare(message, group);
  store::Ticket ticket;
  if (!group.empty()) {
    auto appended = sessions_.append(group);
    if (!appended) return appended;
    ticket = *appended;
  }
  if (has_id) session->received.insert(packet_id, ticket);
  hub_.publish(message, ticket);
  return ticket;
}

Result<store::Ticket> ExactlyOnce::release(sessions::Session& session, std::uint16_t packet_id) {
  if (!session.received.contains(packet_id)) return store::Ticket{};
  auto ticket = sessions_.note(session, Identifiers{session.number, Step::kReleased, {packet_id}});
  if (ticket) session.received.erase(packet_id);
  return ticket;
}

Result<store::Ticket> ExactlyOnce::delivered(sessions::Session& session, std::uint16_t packet_id) {
  const sessions::OwedMessage* owed = session.outbound.find(packet_id);
  if (owed == nullptr) return store::Ticket{};
  if (owed->phase == sessions::OwedMessage::Phase::kDelivered) return owed->ticket;  // said twice
  auto ticket = sessions_.note(session, Identifiers{session.number, Step::kDelivered, {packet_id}});
  if (ticket) session.outbound.delivered(packet_id, *ticket);
  return ticket;
}

void ExactlyOnce::done(sessions::Session& session, std::uint16_t packet_id) {
  constexpr auto kNobodyWaits = store::Urgency::kWithinSecond;
  (void)sessions_.note(session, Identifiers{session.number, Step::kDone, {packet_id}}, kNobodyWaits);
  session.outbound.done(packet_id);
}

}  // namespace tidegate::ingest
