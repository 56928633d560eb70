#pragma once

#include <cstdint>
#include <span>

#include "gateway/store/message.hpp"

namespace tidegate::hub {

/// A message as one subscriber gets it. Views, valid during the call.
struct Delivery {
  store::Message message;                           ///< With the QoS and the retain flag that this subscriber gets.
  std::span<const std::uint32_t> identifiers = {};  ///< Of the subscriptions that matched and have one.
  std::uint16_t packet_id = 0;                      ///< Of QoS 2.
  bool again = false;                               ///< Of QoS 2: it may have left before.
};

/// Where a subscriber's messages leave: its connection implements it. The hub calls it from within publish(): it must
/// not call the hub, nor end the connection.
class Outlet {
 public:
  enum class Answer : std::uint8_t {
    kTaken,
    kBusy,      ///< Not now: the peer is behind. Whoever says so calls Subscriber::resume() when it is not any more.
    kTooLarge,  ///< Never: the client does not take packets of this size.
    kExpired,   ///< Never: it waited longer than its publisher allows.
  };
  virtual Answer deliver(const Delivery& delivery) = 0;
  /// A QoS 2 message that the client has, as an earlier connection was told: PUBREL is what it is sent.
  virtual Answer release(std::uint16_t packet_id) = 0;
  /// Something can leave that could not before: Subscriber::resume() is to be called in the reactor's next turn.
  virtual void wake() = 0;

 protected:
  ~Outlet() = default;
};

}  // namespace tidegate::hub
