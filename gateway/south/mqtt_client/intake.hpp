#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "gateway/ingest/ingest.hpp"
#include "gateway/south/mqtt_client/counters.hpp"
#include "proto/mqtt/client_codec.hpp"

namespace tidegate::south {

/// The messages of one connection to a broker, from their receipt to their acknowledgement. Reactor only.
///
/// Bounded by what one read brings and by what the broker may send before it is acknowledged.
class Intake {
 public:
  /// `on_durable` is called when acknowledgements() has some, `on_room` when nothing is held back any more.
  Intake(ingest::Ingest& ingest, std::string client, MqttClientCounters& counters, std::function<void()> on_durable,
         std::function<void()> on_room);
  Intake(const Intake&) = delete;
  Intake& operator=(const Intake&) = delete;

  /// A view that must live until offer() or forget().
  void add(const mqtt::Publish& publish);
  /// One that is not taken in: it is refused when its turn to be acknowledged comes.
  void add_too_large(mqtt::QoS qos, std::uint16_t packet_id);
  /// Everything that was added, in one call of ingest.
  void offer();
  /// Ingest had no room for some: on_room() follows.
  [[nodiscard]] bool holds_back() const { return !held_.empty(); }

  /// PUBACKs for what is durable, in order of receipt [MQTT-4.6.0-2]; each once.
  Buffer acknowledgements();

  /// The connection is over: what was not acknowledged is the broker's, which sends it again. What came at QoS 0 is
  /// taken in if there is room.
  void forget();
  /// The gateway stops: what is held back is taken in if there is room. No callback from here on.
  void stop();

 private:
  struct Owed {
    store::Ticket ticket;
    std::uint16_t packet_id = 0;
    mqtt::Reason reason = mqtt::Reason::kSuccess;
  };

  void owe(const ingest::Taken& taken);
  void hold_back(std::size_t taken);
  void on_commit();
  void offer_held();
  void gather(const std::vector<ingest::HeldMessage>& held);

  ingest::Ingest& ingest_;
  MqttClientCounters& counters_;
  const std::function<void()> on_durable_;
  const std::function<void()> on_room_;
  ingest::Source source_;
  bool stopped_ = false;
  std::vector<ingest::Incoming> messages_;  // added and not offered yet
  std::vector<ingest::HeldMessage> held_;   // offered and not taken
  std::deque<Owed> owed_;                   // taken and not acknowledged
  ingest::WakeCall<Intake> commit_call_;
  ingest::WakeCall<Intake> room_call_;
};

}  // namespace tidegate::south
