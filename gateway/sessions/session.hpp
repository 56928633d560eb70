#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "gateway/base/clock.hpp"
#include "gateway/sessions/budget.hpp"
#include "gateway/sessions/outbound.hpp"
#include "gateway/sessions/received_ids.hpp"
#include "gateway/sessions/state_record.hpp"
#include "gateway/store/ticket.hpp"

namespace tidegate::sessions {

/// What all sessions share. Outlives them.
struct Shared {
  OutboundLimits limits;
  Budget budget;
  Gauge& owed_messages;
};

/// What is known of a client beyond one packet (MQTT 5.0 section 4.1). A plain value: whoever changes it in a session
/// that is kept appends the record that says so.
class Session {
 public:
  using Subscriptions = std::map<std::string, SubscriptionOptions, std::less<>>;

  Session(std::string client_id, SessionNumber its_number, Shared& shared);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  /// Outlives its connection, and the gateway.
  [[nodiscard]] bool is_kept() const { return number.value != 0; }

  /// Of what a snapshot of it takes, at most.
  [[nodiscard]] std::size_t bytes() const;

  /// Of a session that is kept; else the hub alone knows them.
  [[nodiscard]] const Subscriptions& subscriptions() const { return subscriptions_; }
  void subscribe(std::string_view filter, const SubscriptionOptions& options);
  /// False: there was no such subscription.
  bool unsubscribe(std::string_view filter);

  const std::string client;
  const SessionNumber number;
  std::chrono::seconds expiry{0};       ///< Ends when its client has been away for so long; 0: with its connection.
  std::optional<Monotonic> away_since;  ///< Nothing while the client is connected.
  store::Ticket noted;  ///< When this is durable, so is what any packet may rest on that was said of it so far.
  ReceivedIds received;
  Outbound outbound;

 private:
  Budget& budget_;
  Subscriptions subscriptions_;
};

/// By client identifier.
using SessionMap = std::map<std::string, std::unique_ptr<Session>, std::less<>>;

}  // namespace tidegate::sessions
