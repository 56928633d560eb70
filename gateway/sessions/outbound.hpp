#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "gateway/base/metrics.hpp"
#include "gateway/sessions/budget.hpp"
#include "gateway/store/kept_message.hpp"
#include "gateway/store/ticket.hpp"

namespace tidegate::sessions {

/// A QoS 2 message that is owed to a client until its PUBCOMP.
struct OwedMessage {
  enum class Phase : std::uint8_t {
    kUnsent,     ///< The client has not heard of it.
    kSent,       ///< PUBLISH left, now or on an earlier connection: its identifier cannot be taken back.
    kDelivered,  ///< PUBREC came: the client has it, and PUBREL is what it is sent.
  };
  std::uint16_t packet_id = 0;
  store::Kept message;  ///< Nothing once it is delivered.
  bool retain = false;
  std::vector<std::uint32_t> identifiers;  ///< Of the subscriptions that matched and have one.
  store::Ticket
      ticket;  ///< Nothing leaves before it is durable: the record that says so, and what was dropped before it.
  Phase phase = Phase::kUnsent;
};

/// Of one client; all sessions together have a Budget.
struct OutboundLimits {
  std::size_t messages = 1'000;
  std::size_t bytes = 1 << 20;
  std::size_t at_a_time = 128;  ///< That it is sent and has not answered to the end.
};

/// The QoS 2 messages that one client is owed, in the order they are sent in. When there is no room the oldest that the
/// client has not heard of goes: one that was sent could not be taken back.
///
/// Those that were sent, and that it has not said it has, are the oldest of those, and at most `at_a_time`. It stays so
/// over a power cut, because what would let another one pass is durable first: PUBREC is before PUBREL leaves, and that
/// a message was dropped is before the one behind it leaves. So a start knows by their place which may have been sent,
/// and owes none again that was dropped once a younger one was sent.
class Outbound {
 public:
  /// Where the next message goes: its identifier, and what is dropped for it.
  struct Place {
    std::uint16_t packet_id = 0;
    std::vector<std::uint16_t> dropped;
  };

  /// The identifiers below are the connection's own, for QoS 1; proto/mqtt says the same.
  static constexpr std::uint16_t kLeastId = 0x8000;

  Outbound(const OutboundLimits& limits, Budget& budget, Gauge& owed_messages)
      : limits_(limits), budget_(budget), owed_messages_(owed_messages) {}
  ~Outbound();
  Outbound(const Outbound&) = delete;
  Outbound& operator=(const Outbound&) = delete;

  /// A place for a message of so many bytes, if all others were promised so many more; nothing if there is none.
  /// `is_sending`: half of what waits, and at most `at_a_time`, is spared and what is behind goes, or each commit would
  /// have the next one wait for another.
  [[nodiscard]] std::optional<Place> place(std::size_t bytes, std::size_t promised, bool is_sending) const;
  /// The message is owed from now on; what is dropped for it is not, by a record that `dropped` makes durable.
  void owe(const Place& place, OwedMessage message, store::Ticket dropped);
  /// As read back: with its identifier, whatever the limits. One that is there already stays.
  void restore(OwedMessage message);

  [[nodiscard]] OwedMessage* find(std::uint16_t packet_id);
  void delivered(std::uint16_t packet_id, store::Ticket ticket);
  void done(std::uint16_t packet_id);

  /// The oldest message that this connection has not been sent; nothing if there is none or it is not durable yet.
  [[nodiscard]] OwedMessage* next(store::Ticket durable);
  /// next() has left.
  void sent();
  /// A new connection: everything is sent again.
  void begin_again() { sent_ = 0; }
  /// After a start: what may have been sent. Of those that the client has, as many again may have come to their end
  /// without a durable word of it, and others have been sent in their stead; so they do not count.
  void assume_sent();

  [[nodiscard]] const std::deque<OwedMessage>& all() const { return messages_; }
  /// Memory of them, and about what they take on the disk.
  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  /// Messages that wait to be sent on this connection.
  [[nodiscard]] std::size_t unsent() const { return messages_.size() - sent_; }

 private:
  using Messages = std::deque<OwedMessage>;

  [[nodiscard]] std::uint16_t free_id() const;
  [[nodiscard]] bool is_free(std::uint16_t packet_id) const;
  void add(OwedMessage message);
  [[nodiscard]] Messages::iterator at(std::uint16_t packet_id);
  void drop(std::uint16_t packet_id, store::Ticket ticket);
  void remove(Messages::iterator at);

  const OutboundLimits& limits_;
  Budget& budget_;
  Gauge& owed_messages_;
  Messages messages_;
  std::size_t sent_ = 0;  // so many of the oldest have been sent on this connection
  std::size_t bytes_ = 0;
  std::uint16_t last_id_ = 0;
};

}  // namespace tidegate::sessions
