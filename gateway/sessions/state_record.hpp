#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

#include "gateway/base/time_anchors.hpp"
#include "gateway/sessions/subscription_options.hpp"
#include "gateway/store/message.hpp"

namespace tidegate::sessions {

/// Names a session in the records of the state stream, and no other one as long as they know it. 0: none of them does,
/// the session ends with its connection.
struct SessionNumber {
  std::uint64_t value = 0;
  auto operator<=>(const SessionNumber&) const = default;
};

// The records of the state stream; FORMAT.md has their bytes. Each says how things are from now on, so that to read one
// twice changes nothing, and one of a session that is not known says nothing. Texts and messages are views.

/// There is this session; it ends when its client has been away for `expiry`.
struct SessionIs {
  SessionNumber session;
  std::string_view client;
  std::chrono::seconds expiry{};
};
struct SessionEnded {
  SessionNumber session;
};
struct Subscribed {
  SessionNumber session;
  std::string_view filter;
  SubscriptionOptions options;
};
struct Unsubscribed {
  SessionNumber session;
  std::string_view filter;
};

/// How far a QoS 2 message has come, by its packet identifier.
enum class Step : std::uint8_t {
  kReceived = 5,   ///< Of the client's: stored; the same identifier is the same message.
  kReleased = 6,   ///< Of the client's: the identifier is free for another one.
  kDelivered = 8,  ///< Owed to the client, and it has it (PUBREC): PUBREL is what it is sent.
  kDone = 9,       ///< Owed to the client no more.
};
struct Identifiers {
  SessionNumber session;
  Step step = Step::kReceived;
  std::vector<std::uint16_t> packet_ids;
};

/// A QoS 2 message that is owed to each of these sessions, under an identifier that is its own from now on.
struct Owed {
  struct Receiver {
    SessionNumber session;
    std::uint16_t packet_id = 0;
    bool retain = false;
    std::vector<std::uint32_t> identifiers;  ///< Of the subscriptions that matched and have one.
  };
  store::Message message;
  std::vector<Receiver> receivers;
};

/// A TimeAnchor is no session's: it outlives the boot that it is of, for what of that boot is still stored.
using StateRecord = std::variant<SessionIs, SessionEnded, Subscribed, Unsubscribed, Identifiers, Owed, TimeAnchor>;

/// The record as a message of the state stream. `payload` takes what the message's payload views.
store::Message encode(const StateRecord& record, Buffer& payload);
/// Nothing if it is none. Takes any message without harm.
std::optional<StateRecord> decode(const store::Message& message);

}  // namespace tidegate::sessions
