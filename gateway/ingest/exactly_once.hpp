#pragma once

#include <optional>

#include "gateway/base/result.hpp"
#include "gateway/hub/hub.hpp"
#include "gateway/sessions/sessions.hpp"

namespace tidegate::ingest {

/// QoS 2 on its way in and out (MQTT 5.0 section 4.3.3): each step of a message becomes durable before the packet that
/// says so leaves. Each call returns the ticket to wait for before that packet; kNoSpace: nothing was done, call again
/// when there is room.
///
/// A message, the identifier under which it came, and the identifiers under which it is owed to sessions are one group:
/// a power cut between them would lose the message or double it. Reactor only.
class ExactlyOnce {
 public:
  ExactlyOnce(sessions::Sessions& sessions, hub::Hub& hub) : sessions_(sessions), hub_(hub) {}

  /// An identifier that was received and not released is the same message again.
  [[nodiscard]] static bool has(const sessions::Session* session, std::uint16_t packet_id) {
    return session != nullptr && session->received.contains(packet_id);
  }
  /// PUBLISH at QoS 2 of a message that it has not: PUBREC is the answer. `stream`: where it is stored, if anywhere.
  /// `packet_id` 0: of a will, which comes once.
  Result<store::Ticket> take(sessions::Session* session, std::uint16_t packet_id, const store::Message& message,
                             std::optional<StreamIndex> stream);
  /// PUBREL: PUBCOMP is the answer, also for an identifier that is not known.
  Result<store::Ticket> release(sessions::Session& session, std::uint16_t packet_id);
  /// PUBREC for a message that the client was sent: PUBREL is the answer.
  Result<store::Ticket> delivered(sessions::Session& session, std::uint16_t packet_id);
  /// PUBCOMP, or a PUBREC that refuses the message: nothing is left to say. A record that finds no room is left out;
  /// then a start says PUBREL again, or sends again what was refused.
  void done(sessions::Session& session, std::uint16_t packet_id);

 private:
  sessions::Sessions& sessions_;
  hub::Hub& hub_;
};

}  // namespace tidegate::ingest
