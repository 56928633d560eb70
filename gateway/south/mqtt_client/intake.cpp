#include "gateway/south/mqtt_client/intake.hpp"

#include <utility>

namespace tidegate::south {
namespace {

// A refusal ends the delivery as an acceptance does: it is not sent again (MQTT 5.0 section 4.3.2).
mqtt::Reason answer_to(ingest::Act act) {
  return act == ingest::Act::kTooLarge ? mqtt::Reason::kImplementationSpecific : mqtt::Reason::kSuccess;
}

}  // namespace

// The source has no rate of its own: many sensors speak through it.
Intake::Intake(ingest::Ingest& ingest, std::string client, MqttClientCounters& counters,
               std::function<void()> on_durable, std::function<void()> on_room)
    : ingest_(ingest),
      counters_(counters),
      on_durable_(std::move(on_durable)),
      on_room_(std::move(on_room)),
      source_{std::move(client)},
      commit_call_(*this, &Intake::on_commit),
      room_call_(*this, &Intake::offer_held) {}

void Intake::add(const mqtt::Publish& publish) {
  counters_.received.add();
  messages_.push_back({publish.topic, publish.payload, publish.properties, static_cast<std::uint8_t>(publish.qos),
                       publish.retain, publish.packet_id});
}

void Intake::add_too_large(mqtt::QoS qos, std::uint16_t packet_id) {
  counters_.received.add();
  counters_.too_large.add();
  messages_.push_back({.topic = {},
                       .payload = {},
                       .properties = {},
                       .qos = static_cast<std::uint8_t>(qos),
                       .packet_id = packet_id,
                       .act = ingest::Act::kTooLarge});
}

void Intake::offer() {
  if (messages_.empty()) return;
  const ingest::Taken taken = ingest_.publish(source_, messages_);
  owe(taken);
  if (taken.count < messages_.size()) hold_back(taken.count);
  messages_.clear();
}

void Intake::owe(const ingest::Taken& taken) {
  for (std::size_t i = 0; i < taken.count; ++i)
    if (messages_[i].qos != 0) owed_.push_back({taken.ticket, messages_[i].packet_id, answer_to(messages_[i].act)});
  if (!owed_.empty()) ingest_.wait_for_commit(commit_call_);
}

void Intake::hold_back(std::size_t taken) {
  held_ = ingest::hold(std::span(messages_).subspan(taken));
  ingest_.wait_for_room(room_call_);
}

void Intake::offer_held() {
  if (held_.empty() || stopped_) return;
  const std::vector<ingest::HeldMessage> held = std::exchange(held_, {});
  gather(held);
  offer();
  if (held_.empty()) on_room_();
}

void Intake::gather(const std::vector<ingest::HeldMessage>& held) {
  messages_.clear();
  for (const ingest::HeldMessage& message : held) messages_.push_back(message.view());
}

void Intake::on_commit() {
  if (!owed_.empty() && !stopped_) on_durable_();
}

Buffer Intake::acknowledgements() {
  Buffer out;
  const store::Ticket durable = ingest_.durable();
  for (; !owed_.empty() && owed_.front().ticket <= durable; owed_.pop_front()) {
    const Owed& owed = owed_.front();
    mqtt::encode_ack({mqtt::AckKind::kPuback, owed.packet_id, owed.reason}, mqtt::Version::k5, out);
    counters_.acknowledged.add();
  }
  if (!owed_.empty()) ingest_.wait_for_commit(commit_call_);
  return out;
}

// At QoS 0 nobody else has what is held back, or came with the end.
void Intake::forget() {
  owed_.clear();
  const std::vector<ingest::HeldMessage> held = std::exchange(held_, {});
  const std::vector<ingest::Incoming> added = std::exchange(messages_, {});
  gather(held);
  messages_.insert(messages_.end(), added.begin(), added.end());
  std::erase_if(messages_, [](const ingest::Incoming& message) { return message.qos != 0; });
  if (!messages_.empty()) (void)ingest_.publish_last(source_, messages_);
  messages_.clear();
}

void Intake::stop() {
  stopped_ = true;
  const std::vector<ingest::HeldMessage> held = std::exchange(held_, {});
  gather(held);
  if (!held.empty()) owe(ingest_.publish_last(source_, messages_));
  messages_.clear();
}

}  // namespace tidegate::south
