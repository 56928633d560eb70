#include "gateway/south/mqtt_server/connection.hpp"

#include <boost/asio/buffer.hpp>

#include "gateway/south/mqtt_server/server.hpp"

namespace tidegate::south {

namespace {

constexpr std::size_t kReadBytes = 64 << 10;
constexpr std::chrono::seconds kLastWords{2};  // for the peer to take in why it is closed

Buffer copy(Bytes bytes) { return {bytes.begin(), bytes.end()}; }

}  // namespace

Connection::Connection(MqttServer& server, std::uint64_t id, boost::asio::ip::tcp::socket socket)
    : server_(server),
      id_(id),
      socket_(std::move(socket)),
      session_(server.options_.limits),
      commit_call_(*this, &Connection::acknowledge),
      room_call_(*this, &Connection::offer_held) {}

Connection::~Connection() = default;

void Connection::start() {
  last_heard_ = server_.clock_.monotonic();
  expect_within(server_.options_.connect_within);
  wait_readable();
}

void Connection::wait_readable() {
  const bool wanted = state_ == State::kLeaving || (state_ == State::kOpen && unsent_.size() < most_unsent());
  if (!wanted || waiting_readable_) return;
  waiting_readable_ = true;
  socket_.async_wait(socket_.wait_read, [server = &server_, id = id_](const boost::system::error_code& error) {
    if (Connection* connection = server->find(id)) connection->on_readable(error);
  });
}

void Connection::on_readable(const boost::system::error_code& error) {
  waiting_readable_ = false;
  if (error) return vanish();
  if (state_ == State::kLeaving) return drain();
  if (state_ == State::kOpen && reading_) read();
}

void Connection::read() {
  Buffer& input = server_.input_;
  input.resize(std::max(input.size(), partial_.size() + kReadBytes));
  std::copy(partial_.begin(), partial_.end(), input.begin());
  boost::system::error_code error;
  const std::size_t got =
      socket_.read_some(boost::asio::buffer(input.data() + partial_.size(), input.size() - partial_.size()), error);
  if (error == boost::asio::error::would_block) return wait_readable();
  if (error) return vanish();
  last_heard_ = server_.clock_.monotonic();
  understand(Bytes(input).first(partial_.size() + got));
}

void Connection::drain() {
  boost::system::error_code error;
  Buffer& input = server_.input_;
  input.resize(std::max(input.size(), kReadBytes));
  (void)socket_.read_some(boost::asio::buffer(input), error);
  if (error && error != boost::asio::error::would_block) return vanish();
  wait_readable();
}

// Everything that one read brought: many PUBLISH packets are one call of ingest, many answers are one write.
void Connection::understand(Bytes input) {
  Buffer& output = server_.output_;
  output.clear();
  server_.messages_.clear();
  server_.packet_ids_.clear();
  while (state_ == State::kOpen) {
    const mqtt::Event event = session_.next(input, output);
    if (const auto* publish = std::get_if<mqtt::Publish>(&event)) {
      server_.messages_.push_back({publish->topic, publish->payload, publish->properties,
                                   static_cast<std::uint8_t>(publish->qos), publish->retain});
      server_.packet_ids_.push_back(publish->packet_id);
      continue;
    }
    if (std::holds_alternative<mqtt::NeedMore>(event)) break;
    if (const auto* connect = std::get_if<mqtt::Connect>(&event)) handle(*connect, output);
    if (std::holds_alternative<mqtt::Puback>(event)) resume();
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

void Connection::handle(const mqtt::Connect& connect, Buffer& output) {
  if (connect.will) {
    const mqtt::Will& will = *connect.will;
    will_ = std::make_unique<Will>(Will{std::string(will.topic), copy(will.payload), mqtt::publish_properties(will),
                                        static_cast<std::uint8_t>(will.qos), will.retain});
  }
  const std::string assigned = connect.client_id.empty() ? server_.draw_client_id() : "";
  source_.client = assigned.empty() ? std::string(connect.client_id) : assigned;
  if (server_.doorman_.open_to_all()) return welcome(assigned, output);
  state_ = State::kAwaitingDoor;
  auto answer = [server = &server_, id = id_, assigned](bool is_welcome) {
    if (Connection* connection = server->find(id)) connection->on_password_checked(is_welcome, assigned);
  };
  server_.doorman_.ask(std::string(connect.user_name.value_or("")), copy(connect.password.value_or(Bytes{})), answer);
}

void Connection::on_password_checked(bool is_welcome, const std::string& assigned) {
  if (state_ != State::kAwaitingDoor) return;
  state_ = State::kOpen;
  Buffer answer;
  if (is_welcome) {
    welcome(assigned, answer);
    flush(answer);
    const Buffer rest = std::move(partial_);
    return understand(rest);
  }
  server_.counters_.denied.add();
  server_.events_.warning("mqtt.connection_denied", {{"client", source_.client}});
  will_.reset();
  session_.refuse(mqtt::Reason::kBadUserNameOrPassword, answer);
  flush(answer);
  leave();
}

void Connection::welcome(std::string_view assigned, Buffer& output) {
  server_.take_over(source_.client, id_);  // first: who had the name leaves what is left of its burst
  source_ = server_.ingest_.source(std::move(source_.client));
  session_.accept({assigned}, output);
  check_keep_alive(last_heard_);
}

void Connection::handle(const mqtt::Disconnect& disconnect, Buffer& output) {
  if (disconnect.discard_will) will_.reset();
  subscriber_.reset();
  offer(output);
  if (state_ != State::kHeld) return vanish();
  said_goodbye_ = true;
}

void Connection::handle(const mqtt::Failure& failure, Buffer& output) {
  const Buffer last_words = std::move(output);  // after them nothing may follow
  output.clear();
  offer(output);
  append(output, last_words);
  server_.counters_.protocol_errors.add();
  server_.events_.warning(
      "mqtt.protocol_error",
      {{"client", source_.client}, {"reason", mqtt::to_string(failure.reason)}, {"explanation", failure.explanation}});
  flush(output);
  output.clear();
  part();
  leave();
}

void Connection::offer(Buffer& output) {
  if (server_.messages_.empty()) return;
  server_.counters_.received.add(server_.messages_.size());
  const ingest::Taken taken = server_.ingest_.publish(source_, server_.messages_);
  owe(taken);
  if (taken.count < server_.messages_.size()) {
    held_since_ = last_heard_;
    hold_back(taken);
  }
  server_.messages_.clear();
  server_.packet_ids_.clear();
  acknowledge(output);
}

void Connection::owe(const ingest::Taken& taken) {
  for (std::size_t i = 0; i < taken.count; ++i)
    if (server_.messages_[i].qos != 0) acknowledgements_.owe({taken.ticket, last_heard_, server_.packet_ids_[i]});
}

// The connection is not read until what it said has gone in; a publisher's own window or TCP then holds it back.
void Connection::hold_back(const ingest::Taken& taken) {
  std::vector<HeldMessage> rest;
  for (std::size_t i = taken.count; i < server_.messages_.size(); ++i) {
    const ingest::Incoming& message = server_.messages_[i];
    rest.push_back({std::string(message.topic), copy(message.payload), copy(message.properties), message.qos,
                    message.retain, server_.packet_ids_[i]});
  }
  held_ = std::move(rest);
  if (state_ == State::kOpen) state_ = State::kHeld;
  waits_for_room_ = !taken.retry_after;
  if (waits_for_room_) server_.ingest_.wait_for_room(room_call_);
  expect_within(taken.retry_after.value_or(server_.options_.refuse_close_after));
}

void Connection::offer_held() {
  if (state_ != State::kHeld) return;
  Buffer& output = server_.output_;
  output.clear();
  const std::vector<HeldMessage> held = std::exchange(held_, {});
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

void Connection::gather(const std::vector<HeldMessage>& held) {
  server_.messages_.clear();
  server_.packet_ids_.clear();
  for (const HeldMessage& message : held) {
    server_.messages_.push_back({message.topic, message.payload, message.properties, message.qos, message.retain});
    server_.packet_ids_.push_back(message.packet_id);
  }
}

void Connection::stop_reading() {
  reading_ = false;
  const std::vector<HeldMessage> held = std::exchange(held_, {});
  gather(held);
  owe(server_.ingest_.publish_last(source_, server_.messages_));
}

void Connection::acknowledge() {
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
    session_.puback(owed->packet_id, mqtt::Reason::kSuccess, output);
    server_.counters_.acknowledgement.record(now - owed->received);
    server_.counters_.acknowledged.add();
  }
  if (!acknowledgements_.empty()) server_.ingest_.wait_for_commit(commit_call_);
}

void Connection::flush(Bytes output) {
  if (state_ == State::kGone) return;
  if (unsent_.empty()) {
    if (!write(output)) return vanish();
    append(unsent_, output);
  } else {
    append(unsent_, output);
    if (!waiting_writable_ && !write_unsent()) return vanish();
  }
  if (unsent_.empty() || waiting_writable_) return;
  waiting_writable_ = true;
  socket_.async_wait(socket_.wait_write, [server = &server_, id = id_](const boost::system::error_code& error) {
    if (Connection* connection = server->find(id)) connection->on_writable(error);
  });
}

// Takes away from the front what the socket takes now. False: the connection is broken.
bool Connection::write(Bytes& output) {
  if (output.empty()) return true;
  boost::system::error_code error;
  output = output.subspan(socket_.write_some(boost::asio::buffer(output.data(), output.size()), error));
  return !error || error == boost::asio::error::would_block;
}

bool Connection::write_unsent() {
  Bytes rest(unsent_);
  const bool works = write(rest);
  unsent_ = copy(rest);
  return works;
}

void Connection::on_writable(const boost::system::error_code& error) {
  waiting_writable_ = false;
  if (error) return vanish();
  flush({});
  if (state_ == State::kLeaving && unsent_.empty()) return leave();
  resume();
  wait_readable();
}

void Connection::end(mqtt::Reason reason) {
  Buffer words;
  if (session_.connected()) session_.disconnect(reason, words);
  flush(words);
  part();
  leave();
}

// Closing at once would reset the connection while the peer's bytes are unread, and destroy the last words on their
// way.
void Connection::leave() {
  if (state_ == State::kGone) return;
  state_ = State::kLeaving;
  server_.ingest_.rest(source_);
  expect_within(kLastWords);
  boost::system::error_code ignored;
  if (unsent_.empty()) socket_.shutdown(socket_.shutdown_send, ignored);
  wait_readable();
}

void Connection::vanish() {
  if (state_ == State::kGone) return;
  part();
  state_ = State::kGone;
  server_.ingest_.rest(source_);
  server_.forget(source_.client, id_);
  server_.retire(id_);
}

// The client has ended, by its own will or not: its last messages, then its last will.
void Connection::part() {
  subscriber_.reset();
  if (!server_.closing_) take_in_held_qos0();
  publish_will();
}

// What was held at QoS 1 is not acknowledged, so its sensor still has it; at QoS 0 nobody has.
void Connection::take_in_held_qos0() {
  const std::vector<HeldMessage> held = std::exchange(held_, {});
  std::vector<ingest::Incoming> last;
  for (const HeldMessage& message : held)
    if (message.qos == 0) last.push_back({message.topic, message.payload, message.properties, 0, message.retain});
  if (!last.empty()) (void)server_.ingest_.publish_last(source_, last);
}

// Nobody waits for a will: if it finds no room it is counted as held and is gone.
void Connection::publish_will() {
  const auto will = std::move(will_);
  if (!will || !session_.was_accepted() || server_.closing_) return;
  const ingest::Incoming message{will->topic, will->payload, will->properties, will->qos, will->retain};
  (void)server_.ingest_.publish(source_, std::span(&message, 1));
}

void Connection::on_deadline() {
  const Monotonic now = server_.clock_.monotonic();
  switch (state_) {
    case State::kOpen:
      if (!session_.connected()) {
        server_.counters_.timeouts.add();
        return vanish();
      }
      return check_keep_alive(now);
    case State::kHeld:
      if (waits_for_room_ && now - held_since_ >= server_.options_.refuse_close_after)
        return end(mqtt::Reason::kQuotaExceeded);
      return offer_held();
    case State::kAwaitingDoor: return expect_within(server_.options_.connect_within);
    case State::kLeaving: return vanish();
    case State::kGone: return;
  }
}

void Connection::expect_within(std::chrono::microseconds span) {
  server_.wheel_.schedule(deadline_, server_.clock_.monotonic() + span, this);
}

// The deadline is not moved at each packet, only looked at again when it passes.
void Connection::check_keep_alive(Monotonic now) {
  const std::chrono::microseconds limit = session_.silence_limit();
  if (limit.count() == 0) return TimerWheel::cancel(deadline_);
  const std::chrono::microseconds silence = now - last_heard_;
  if (silence < limit) return expect_within(limit - silence);
  server_.counters_.timeouts.add();
  server_.events_.info("mqtt.keep_alive_timeout", {{"client", source_.client}});
  end(mqtt::Reason::kKeepAliveTimeout);
}

}  // namespace tidegate::south
