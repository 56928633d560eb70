#pragma once

#include <cstdint>
#include <vector>

#include "proto/mqtt/types.hpp"

namespace tidegate::mqtt {

/// The packet identifiers of what was sent on this connection and what the client must say of each next (MQTT 5.0
/// section 4.3).
class InFlight {
 public:
  /// An identifier for a QoS 1 message, below kLeastGivenId and not in flight; it is now, until its PUBACK.
  std::uint16_t allot();
  /// What is awaited for an identifier, in flight before or not.
  void await(std::uint16_t packet_id, AckKind awaited);
  [[nodiscard]] bool awaits(std::uint16_t packet_id, AckKind awaited) const;
  /// False if it was not in flight, or not for want of this.
  bool release(std::uint16_t packet_id, AckKind awaited);
  [[nodiscard]] std::size_t count() const { return messages_.size(); }

 private:
  struct Message {
    std::uint16_t packet_id = 0;
    AckKind awaited = AckKind::kPuback;
  };
  [[nodiscard]] std::vector<Message>::const_iterator find(std::uint16_t packet_id) const;

  std::vector<Message> messages_;  // in the order they were sent, which is how they come back
  std::uint16_t last_ = 0;
};

}  // namespace tidegate::mqtt
