#pragma once

#include <compare>
#include <cstdint>

namespace tidegate::sessions {

/// What a client asks of one of its topic filters (MQTT 5.0 section 3.8.3.1).
struct SubscriptionOptions {
  std::uint8_t maximum_qos = 0;      ///< 0 to 2.
  bool no_local = false;             ///< Nothing that a client of the same identifier published.
  bool retain_as_published = false;  ///< The retain flag stays as the publisher set it; else it says what was retained.
  std::uint32_t identifier = 0;      ///< Told with each message; 0: none.
  auto operator<=>(const SubscriptionOptions&) const = default;
};

}  // namespace tidegate::sessions
