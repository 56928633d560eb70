#include "tests/simulation/once_peers.hpp"

#include <utility>

namespace tidegate::simulation {

using ingest::Act;
using ingest::Incoming;

std::vector<Incoming> OncePublisher::says() {
  while (in_flight_.size() < kAtATime && next_ < messages_) {
    const auto packet_id = static_cast<std::uint16_t>(next_ % kAtATime + 1);
    in_flight_.push_back({packet_id, std::to_string(next_++), false});
  }
  std::vector<Incoming> said;
  for (const InFlight& message : in_flight_) {
    if (message.received) {
      said.push_back({{}, {}, {}, 0, false, message.packet_id, Act::kRelease});
    } else {
      said.push_back({"sensors/1", as_bytes(message.payload), {}, 2, false, message.packet_id});
    }
  }
  return said;
}

void OncePublisher::hears() {
  std::erase_if(in_flight_, [](InFlight& message) { return std::exchange(message.received, true); });
}

hub::Outlet::Answer OnceSubscriber::deliver(const hub::Delivery& delivery) {
  if (in_flight_.size() == kAtATime) return Answer::kBusy;
  in_flight_.insert(delivery.packet_id);
  const bool is_new = received_.insert(delivery.packet_id).second;
  const std::string payload(as_text(delivery.message.payload));
  if (is_new) delivered_.push_back(payload);
  if (!is_new && !delivery.again) delivered_.push_back(payload + " (without DUP)");  // [MQTT-3.3.1-1]
  says_.push_back({{}, {}, {}, 0, false, delivery.packet_id, Act::kDelivered});
  return Answer::kTaken;
}

hub::Outlet::Answer OnceSubscriber::release(std::uint16_t packet_id) {
  received_.erase(packet_id);
  says_.push_back({{}, {}, {}, 0, false, packet_id, Act::kDone});
  return Answer::kTaken;
}

void OnceSubscriber::hears() {
  for (const Incoming& said : std::exchange(says_, {})) {
    if (said.act == Act::kDelivered) {
      release(said.packet_id);
    } else {
      in_flight_.erase(said.packet_id);
    }
  }
}

void OnceSubscriber::lose_connection() {
  says_.clear();
  in_flight_.clear();
}

}  // namespace tidegate::simulation
