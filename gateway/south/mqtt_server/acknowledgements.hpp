#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "gateway/base/clock.hpp"
#include "gateway/store/ticket.hpp"
#include "proto/mqtt/types.hpp"

namespace tidegate::south {

/// PUBACK, PUBREC, PUBREL and PUBCOMP that a connection owes, in order of receipt [MQTT-4.6.0-2] to [MQTT-4.6.0-4]: one
/// leaves when everything before it has left and what it says is on stable storage. Owns no memory while nothing is
/// owed.
class Acknowledgements {
 public:
  struct Owed {
    store::Ticket ticket;
    Monotonic received{};
    std::uint16_t packet_id = 0;
    mqtt::AckKind kind = mqtt::AckKind::kPuback;
  };

  void owe(const Owed& owed) { owed_.push_back(owed); }
  [[nodiscard]] bool empty() const { return head_ == owed_.size(); }

  /// The next one that may leave now that everything up to `durable` is on stable storage.
  std::optional<Owed> next(store::Ticket durable);

 private:
  std::vector<Owed> owed_;
  std::size_t head_ = 0;
};

}  // namespace tidegate::south
