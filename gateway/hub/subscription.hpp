#pragma once

#include <cstdint>

namespace tidegate::hub {

class Subscriber;

/// What a subscriber asks of one of its filters (MQTT 5.0 section 3.8.3.1).
struct SubscriptionOptions {
  std::uint8_t maximum_qos = 0;      ///< 0 or 1.
  bool no_local = false;             ///< Nothing that a client of the same identifier published.
  bool retain_as_published = false;  ///< The retain flag stays as the publisher set it; else it says what was retained.
  std::uint32_t identifier = 0;      ///< Told with each message; 0: none.
};

/// One filter of one subscriber.
struct Subscription {
  Subscriber* subscriber = nullptr;
  SubscriptionOptions options;
};

}  // namespace tidegate::hub
