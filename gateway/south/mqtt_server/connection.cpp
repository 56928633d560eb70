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
  const Bytes heard = Bytes(input).first(partial_.size() + got);
  partial_.clear();
  understand(heard);
}

void Connection::drain() {
  boost::system::error_code error;
  Buffer& input = server_.input_;
  input.resize(std::max(input.size(), kReadBytes));
  (void)socket_.read_some(boost::asio::buffer(input), error);
  if (error && error != boost::asio::error::would_block) return vanish();
  wait_readable();
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
  part();
  Buffer words;
  if (session_.connected()) session_.disconnect(reason, words);
  flush(words);
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
      if (waits_for_room_ && now - held_since_ >= server_.options_.refuse_close_after) {
        server_.counters_.no_room.add();
        server_.events_.warning("mqtt.no_room",
                                {{"client", source_.client}, {"why", "its messages found no room in the store"}});
        return end(mqtt::Reason::kQuotaExceeded);
      }
      return offer_held();
    case State::kAwaitingDoor:
    case State::kAwaitingSession: return expect_within(server_.options_.connect_within);
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
