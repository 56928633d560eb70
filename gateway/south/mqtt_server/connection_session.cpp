// Who the client is, and what outlives its connection: CONNECT, DISCONNECT, and its end for whatever reason.
#include "gateway/south/mqtt_server/connection.hpp"

#include <algorithm>

#include "gateway/south/mqtt_server/server.hpp"

namespace tidegate::south {
namespace {

static_assert(sessions::Outbound::kLeastId == mqtt::kLeastGivenId);

Buffer copy(Bytes bytes) { return {bytes.begin(), bytes.end()}; }

/// How long the session shall outlive its connections. 3.1.1 knows for ever or not at all.
std::chrono::seconds wanted_expiry(const mqtt::Connect& connect) {
  if (connect.version == mqtt::Version::k5) return std::chrono::seconds(connect.session_expiry_s);
  return connect.clean_start ? std::chrono::seconds(0) : std::chrono::seconds::max();
}

}  // namespace

void Connection::handle(const mqtt::Connect& connect, Buffer& output) {
  if (connect.will) {
    const mqtt::Will& will = *connect.will;
    will_ = std::make_unique<Will>(Will{std::string(will.topic), copy(will.payload), mqtt::publish_properties(will),
                                        static_cast<std::uint8_t>(will.qos), will.retain});
  }
  clean_start_ = connect.clean_start;
  wanted_expiry_ = wanted_expiry(connect);
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
    if (state_ == State::kOpen) go_on_after(answer);
    return;
  }
  server_.counters_.denied.add();
  server_.events_.warning("mqtt.connection_denied", {{"client", source_.client}});
  will_.reset();
  session_.refuse(mqtt::Reason::kBadUserNameOrPassword, answer);
  flush(answer);
  leave();
}

void Connection::welcome(std::string_view assigned, Buffer& output) {
  server_.take_over(source_.client, id_);  // first: who had the name leaves what is left of its burst, and its session
  source_ = server_.ingest_.source(std::move(source_.client));
  greeting_ = std::make_unique<Greeting>(enter_session());
  greeting_->assigned = assigned;
  if (greeting_->ticket <= server_.ingest_.durable()) return greet(output);
  state_ = State::kAwaitingSession;
  expect_within(server_.options_.connect_within);
  server_.ingest_.wait_for_commit(commit_call_);
}

/// The session that the client goes on with, or a new one if it wants one that is kept and there is room.
Connection::Greeting Connection::enter_session() {
  Greeting greeting;
  const store::Ticket before = server_.sessions_.noted();
  sessions::Session* session = server_.session_of(source_.client, clean_start_);
  greeting.session_present = session != nullptr;
  if (session != nullptr) {
    server_.sessions_.set_expiry(*session, wanted_expiry_);
  } else if (wanted_expiry_.count() > 0) {
    session = server_.sessions_.begin(source_.client, wanted_expiry_);
  }
  // An old one that is over, a new one: a start must not know better than CONNACK.
  if (const store::Ticket noted = server_.sessions_.noted(); noted != before) greeting.ticket = noted;
  if (session == nullptr) return greeting;
  // Answers that an earlier connection had to wait for would come at once on this one: it begins behind them.
  greeting.ticket = std::max(greeting.ticket, session->noted);
  sessions::Sessions::arrive(*session);
  source_.session = session;
  subscriber_ = server_.hub_.resume(*session, *this);
  return greeting;
}

void Connection::greet_when_durable() {
  if (server_.closing_) return;
  if (greeting_->ticket > server_.ingest_.durable()) return server_.ingest_.wait_for_commit(commit_call_);
  state_ = State::kOpen;
  last_heard_ = server_.clock_.monotonic();  // its silence was ours
  Buffer answer;
  greet(answer);
  go_on_after(answer);
}

void Connection::greet(Buffer& output) {
  const std::unique_ptr<Greeting> greeting = std::move(greeting_);
  const std::chrono::seconds granted = source_.session != nullptr ? source_.session->expiry : std::chrono::seconds(0);
  mqtt::Accept accept{.assigned_client_id = greeting->assigned, .session_present = greeting->session_present};
  if (granted != wanted_expiry_) accept.session_expiry_s = static_cast<std::uint32_t>(granted.count());
  session_.accept(accept, output);
  check_keep_alive(last_heard_);
  if (source_.session == nullptr) return;
  flush(output);  // before what the session owes
  output.clear();
  flush_soon();
}

/// What the client had sent ahead of its CONNACK.
void Connection::go_on_after(Bytes answer) {
  flush(answer);
  const Buffer rest = std::move(partial_);
  understand(rest);
}

// A client whose session ends with its connection has none before it needs one: most sensors never do.
sessions::Session& Connection::session() {
  if (source_.session == nullptr) {
    fleeting_session_ = server_.sessions_.fleeting(source_.client);
    source_.session = fleeting_session_.get();
  }
  return *source_.session;
}

// While DISCONNECT stands behind what is held, nothing more is delivered.
void Connection::handle(const mqtt::Disconnect& disconnect, Buffer& output) {
  if (disconnect.discard_will) will_.reset();
  if (disconnect.session_expiry_s && source_.session != nullptr && source_.session->is_kept())
    server_.sessions_.set_expiry(*source_.session, std::chrono::seconds(*disconnect.session_expiry_s));
  leave_subscriptions();
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

// The client has ended, by its own will or not: its last messages, its last will, and its session unless that is kept.
void Connection::part() {
  leave_subscriptions();
  if (!server_.closing_) take_in_last_qos0();
  publish_will();
  sessions::Session* session = std::exchange(source_.session, nullptr);
  if (session == nullptr || !session->is_kept()) return fleeting_session_.reset();
  if (!server_.closing_) server_.leave_session(*session);
}

void Connection::leave_subscriptions() {
  if (subscriber_ && subscriber_->session().is_kept()) return server_.hub_.rest(std::move(subscriber_));
  subscriber_.reset();
}

// What was held at QoS 1 or 2 is not acknowledged, so its sensor still has it; at QoS 0 nobody has. Likewise what
// stands behind it and was not decoded.
void Connection::take_in_last_qos0() {
  const std::vector<ingest::HeldMessage> held = std::exchange(held_, {});
  const Buffer rest = std::exchange(partial_, {});
  std::vector<ingest::Incoming> last;
  for (const ingest::HeldMessage& message : held)
    if (const ingest::Incoming one = message.view(); one.act == ingest::Act::kPublish && one.qos == 0)
      last.push_back(one);
  for_each_publish(rest, [&](const mqtt::Publish& publish) {
    if (publish.qos != mqtt::QoS::kAtMostOnce) return;
    server_.counters_.received.add();
    last.push_back({publish.topic, publish.payload, publish.properties, 0, publish.retain});
  });
  if (!last.empty()) (void)server_.ingest_.publish_last(source_, last);
}

// Nobody waits for a will: if it finds no room it is counted as held and is gone. The client's rate does not keep it.
void Connection::publish_will() {
  const auto will = std::move(will_);
  if (!will || !session_.was_accepted() || server_.closing_) return;
  const ingest::Incoming message{will->topic, will->payload, will->properties, will->qos, will->retain};
  (void)server_.ingest_.publish_last(source_, std::span(&message, 1));
}

}  // namespace tidegate::south
