#pragma once

#include <cstdint>
#include <vector>

namespace tidegate::mqtt {

/// The packet identifiers of the QoS 1 messages that were sent and not acknowledged yet (MQTT 5.0 section 2.2.1).
class InFlight {
 public:
  /// An identifier that is not in flight; it is now. At most 65,534 may be.
  std::uint16_t allot();
  /// False if it was not in flight.
  bool release(std::uint16_t packet_id);
  [[nodiscard]] std::size_t count() const { return identifiers_.size(); }

 private:
  std::vector<std::uint16_t> identifiers_;  // in the order they were sent, which is how they come back
  std::uint16_t last_ = 0;
};

}  // namespace tidegate::mqtt
