#pragma once

#include <cstdint>
#include <vector>

#include "gateway/sessions/budget.hpp"
#include "gateway/store/ticket.hpp"

namespace tidegate::sessions {

/// Packet identifiers of QoS 2 messages that a client sent and has not released: the same identifier is the same
/// message (MQTT 5.0 section 4.3.3). Two bytes each, at most 65,535 of them.
class ReceivedIds {
 public:
  explicit ReceivedIds(Budget& budget) : budget_(budget) {}
  ~ReceivedIds() { budget_.give_back(ids_.size() * sizeof(std::uint16_t)); }
  ReceivedIds(const ReceivedIds&) = delete;
  ReceivedIds& operator=(const ReceivedIds&) = delete;

  [[nodiscard]] bool contains(std::uint16_t packet_id) const;
  /// `ticket`: when this is durable, so is everything received so far.
  void insert(std::uint16_t packet_id, store::Ticket ticket);
  void erase(std::uint16_t packet_id);

  [[nodiscard]] store::Ticket ticket() const { return ticket_; }
  [[nodiscard]] const std::vector<std::uint16_t>& all() const { return ids_; }  ///< Ascending.

 private:
  Budget& budget_;
  std::vector<std::uint16_t> ids_;
  store::Ticket ticket_;
};

}  // namespace tidegate::sessions
