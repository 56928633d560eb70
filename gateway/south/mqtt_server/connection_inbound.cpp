// What the client says: gathered, offered to ingest, held back where there is no room, and answered when it is durable.
#include "gateway/south/mqtt_server/connection.hpp"
#include "gateway/south/mqtt_server/server.hpp"

namespace tidegate::south {
namespace {

Buffer copy(Bytes bytes) { return {bytes.begin(), bytes.end()}; }

}  // namespace

// Everything that one read brought: many PUBLISH packets are one call of ingest, many answers are one write.
void Connection::understand(Bytes input) {
  Buffer& output = server_.output_;
  output.clear();
  server_.messages_.clear();
  while (state_ == State::kOpen) {
    const mqtt::Event event = session_.next(input, output);
    if (const auto* publish = std::get_if<mqtt::Publish>(&event)) {
      gather(*publish);
      continue;
    }
    if (std::holds_alternative<mqtt::NeedMore>(event)) break;
    if (const auto* connect = std::get_if<mqtt::Connect>(&event)) handle(*connect, output);
    if (const auto* ack = std::get_if<mqtt::Ack>(&event)) gather(*ack);
    if (const auto* subscribe = std::get_if<mqtt::Subscribe>(&event)) handle(*subscribe, output);
    if (const auto* unsubscribe = std::get_if<mqtt::Unsubscribe>(&event)) handle(*unsubscribe, output);
    if (const auto* disconnect = std::get_if<mqtt::Disconnect>(&event)) handle(*disconnect, output);
    if (const auto* failure = std::get_if<mqtt::Failure>(&event)) handle(*failure, output);
  }
  offer(output);
  if (state_ == State::kGone) return;
  partial_ = input.empty() ? Buffer{} : copy(input);
  flush(output);
  wait_readable();
}

void Connection::gather(const mqtt::Publish& publish) {
  server_.counters_.received.add();
  if (publish.qos == mqtt::QoS::kExactlyOnce) (void)session();
  server_.messages_.push_back({publish.topic, publish.payload, publish.properties,
                               static_cast<std::uint8_t>(publish.qos), publish.retain, publish.packet_id});
}

// What is said of a QoS 2 message becomes durable in its place among the messages.
void Connection::gather(const mqtt::Ack& ack) {
  ingest::Incoming incoming;
  incoming.packet_id = ack.packet_id;
  switch (ack.kind) {
    case mqtt::AckKind::kPuback: return resume();
    case mqtt::AckKind::kPubrec: incoming.act = ack.refuses() ? ingest::Act::kDone : ingest::Act::kDelivered; break;
    case mqtt::AckKind::kPubrel: incoming.act = ingest::Act::kRelease; break;
    case mqtt::AckKind::kPubcomp: incoming.act = ingest::Act::kDone; break;
  }
  server_.messages_.push_back(incoming);
}

void Connection::offer(Buffer& output) {
  if (server_.messages_.empty()) return;
  const ingest::Taken taken = server_.ingest_.publish(source_, server_.messages_);
  owe(taken);
  if (taken.count < server_.messages_.size()) {
    held_since_ = last_heard_;
    hold_back(taken);
  }
  server_.messages_.clear();
  acknowledge(output);
}

void Connection::owe(const ingest::Taken& taken) {
  bool more_may_be_sent = false;
  for (std::size_t i = 0; i < taken.count; ++i) {
    const ingest::Incoming& message = server_.messages_[i];
    const auto answer = [&](mqtt::AckKind kind) {
      acknowledgements_.owe({taken.ticket, last_heard_, message.packet_id, kind});
    };
    switch (message.act) {
      case ingest::Act::kPublish:
        if (message.qos != 0) answer(message.qos == 1 ? mqtt::AckKind::kPuback : mqtt::AckKind::kPubrec);
        break;
      case ingest::Act::kTooLarge: break;  // its connection was closed at the header
      case ingest::Act::kRelease: answer(mqtt::AckKind::kPubcomp); break;
      case ingest::Act::kDelivered: answer(mqtt::AckKind::kPubrel); break;
      case ingest::Act::kDone: more_may_be_sent = true; break;
    }
  }
  if (more_may_be_sent) resume();
}

// The connection is not read until what it said has gone in; a publisher's own window or TCP then holds it back.
void Connection::hold_back(const ingest::Taken& taken) {
  held_ = ingest::hold(std::span(server_.messages_).subspan(taken.count));
  if (state_ == State::kOpen) state_ = State::kHeld;
  waits_for_room_ = !taken.retry_after;
  if (waits_for_room_) server_.ingest_.wait_for_room(room_call_);
  expect_within(taken.retry_after.value_or(server_.options_.refuse_close_after));
}

void Connection::offer_held() {
  if (state_ != State::kHeld) return;
  Buffer& output = server_.output_;
  output.clear();
  const std::vector<ingest::HeldMessage> held = std::exchange(held_, {});
  gather(held);
  const ingest::Taken taken = server_.ingest_.publish(source_, server_.messages_);
  owe(taken);
  if (taken.count > 0) held_since_ = server_.clock_.monotonic();
  if (taken.count < held.size()) {
    hold_back(taken);
    acknowledge(output);
    return flush(output);
  }
  if (said_goodbye_) return vanish();
  state_ = State::kOpen;
  acknowledge(output);
  flush(output);
  last_heard_ = server_.clock_.monotonic();  // its silence was ours
  check_keep_alive(last_heard_);
  const Buffer rest = std::move(partial_);
  understand(rest);
}

void Connection::gather(const std::vector<ingest::HeldMessage>& held) {
  server_.messages_.clear();
  for (const ingest::HeldMessage& message : held) server_.messages_.push_back(message.view());
}

// Behind what was held back stands what nobody has decoded yet.
void Connection::stop_reading() {
  reading_ = false;
  const std::vector<ingest::HeldMessage> held = std::exchange(held_, {});
  const Buffer rest = std::exchange(partial_, {});
  gather(held);
  for_each_publish(rest, [this](const mqtt::Publish& publish) { gather(publish); });
  owe(server_.ingest_.publish_last(source_, server_.messages_));
}

void Connection::acknowledge() {
  if (state_ == State::kAwaitingSession) return greet_when_durable();
  Buffer& output = server_.output_;
  output.clear();
  acknowledge(output);
  flush(output);
}

void Connection::acknowledge(Buffer& output) {
  if (state_ == State::kLeaving || state_ == State::kGone || said_goodbye_) return;
  const store::Ticket durable = server_.ingest_.durable();
  const Monotonic now = server_.clock_.monotonic();
  while (const auto owed = acknowledgements_.next(durable)) {
    session_.acknowledge({owed->kind, owed->packet_id}, output);
    if (owed->kind == mqtt::AckKind::kPubrel || owed->kind == mqtt::AckKind::kPubcomp) continue;
    server_.counters_.acknowledgement.record(now - owed->received);
    server_.counters_.acknowledged.add();
  }
  for (; !later_.empty() && later_.front().ticket <= durable; later_.erase(later_.begin()))
    append(output, later_.front().words);
  if (!acknowledgements_.empty() || !later_.empty()) server_.ingest_.wait_for_commit(commit_call_);
}

// An answer that promises what has to outlive the gateway.
void Connection::say_when_durable(store::Ticket ticket, Buffer words, Buffer& output) {
  later_.push_back({ticket, std::move(words)});
  acknowledge(output);
}

}  // namespace tidegate::south
