#include "tests/fleet/sensor.hpp"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>

namespace tidegate::fleet {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Error = boost::system::error_code;

constexpr milliseconds kFirstBackOff{100};
constexpr milliseconds kLongestBackOff{2000};
constexpr seconds kConnectTimeout{10};
constexpr seconds kKeepAlive{60};

}  // namespace

Sensor::Sensor(boost::asio::io_context& reactor, const SensorOptions& options, const Device& device,
               std::uint32_t index, Ledger& ledger, const Clock& clock)
    : socket_(reactor),
      options_(options),
      device_(device),
      index_(index),
      ledger_(ledger),
      clock_(clock),
      back_off_(kFirstBackOff) {}

void Sensor::start() {
  next_due_ = clock_.monotonic();
  connect();
}

void Sensor::tick() {
  const Monotonic now = clock_.monotonic();
  if (state_ == State::kWaiting && now >= deadline_) return connect();
  if (state_ == State::kConnecting && now >= deadline_) return lose_connection("no answer to CONNECT in time");
  if (state_ != State::kConnected) return;
  publish_due();
  if (now - last_written_ >= kKeepAlive / 2) mqtt::encode_pingreq(output_);
  flush();
}

void Sensor::close() {
  if (state_ == State::kConnected && writing_.empty()) {
    Buffer farewell;
    mqtt::encode_disconnect(options_.version, farewell);
    Error ignored;
    socket_.write_some(boost::asio::buffer(farewell), ignored);
  }
  ++connection_;
  state_ = State::kClosed;
  Error ignored;
  socket_.close(ignored);
}

void Sensor::connect() {
  state_ = State::kConnecting;
  deadline_ = clock_.monotonic() + kConnectTimeout;
  input_.clear();
  output_.clear();
  writing_.clear();
  socket_.async_connect(options_.server, [this, connection = ++connection_](Error error) {
    if (connection != connection_) return;
    if (error) return lose_connection("cannot connect");
    greet();
  });
}

void Sensor::greet() {
  // A port nobody listens on can be drawn as the client's own: TCP then connects the socket to itself.
  Error ignored;
  if (socket_.local_endpoint(ignored) == socket_.remote_endpoint(ignored)) return lose_connection("cannot connect");
  socket_.set_option(boost::asio::ip::tcp::no_delay(true), ignored);
  mqtt::Connect hello;
  hello.version = options_.version;
  hello.client_id = device_.name();
  hello.keep_alive = kKeepAlive;
  mqtt::encode_connect(hello, output_);
  flush();
  read();
}

void Sensor::read() {
  socket_.async_read_some(boost::asio::buffer(chunk_), [this, connection = connection_](Error error, std::size_t size) {
    if (connection != connection_) return;
    if (error) return lose_connection("the server closed the connection");
    append(input_, Bytes(chunk_).first(size));
    if (!decode()) return;
    if (options_.interval.count() == 0) publish_due();
    flush();
    read();
  });
}

void Sensor::flush() {
  if (!writing_.empty() || output_.empty()) return;
  std::swap(writing_, output_);
  last_written_ = clock_.monotonic();
  boost::asio::async_write(socket_, boost::asio::buffer(writing_),
                           [this, connection = connection_](Error error, std::size_t) {
                             if (connection != connection_) return;
                             if (error) return lose_connection("the server closed the connection");
                             writing_.clear();
                             flush();
                           });
}

// Handles every whole packet of the input; false if the connection is over.
bool Sensor::decode() {
  Bytes rest = input_;
  for (const auto connection = connection_; connection == connection_;) {
    const mqtt::ClientEvent event = mqtt::decode_from_server(rest, options_.version);
    if (std::holds_alternative<mqtt::NeedMore>(event)) {
      input_.erase(input_.begin(), input_.end() - static_cast<std::ptrdiff_t>(rest.size()));
      return true;
    }
    if (const auto* connack = std::get_if<mqtt::Connack>(&event)) on_connack(*connack);
    if (const auto* ack = std::get_if<mqtt::Ack>(&event)) on_ack(*ack);
    if (const auto* failure = std::get_if<mqtt::Failure>(&event)) lose_connection(failure->explanation);
  }
  return false;
}

void Sensor::on_connack(const mqtt::Connack& connack) {
  if (connack.reason != mqtt::Reason::kSuccess) return lose_connection(to_string(connack.reason));
  state_ = State::kConnected;
  back_off_ = kFirstBackOff;
  for (Outstanding& message : outstanding_) publish(message);
  publish_due();
}

void Sensor::on_ack(const mqtt::Ack& ack) {
  const auto found = std::find_if(outstanding_.begin(), outstanding_.end(),
                                  [&](const Outstanding& one) { return one.packet_id == ack.packet_id; });
  if (found == outstanding_.end()) return lose_connection("PUBACK of a packet that was not sent");
  if (ack.reason < mqtt::Reason::kUnspecified) {
    ledger_.acknowledged(found->entry, clock_.monotonic());
  } else {
    ledger_.refused(found->entry);
  }
  outstanding_.erase(found);
}

void Sensor::publish_due() {
  const Monotonic now = clock_.monotonic();
  while (measuring_ && outstanding_.size() < options_.window && now >= next_due_) {
    // What fell due while the window was full or the server away was not measured: no burst makes up for it, and the
    // sensors stay as spread in time as they began.
    if (options_.interval.count() > 0) next_due_ += options_.interval * ((now - next_due_) / options_.interval + 1);
    outstanding_.push_back({ledger_.open(index_, next_number_++, now), 0});
    publish(outstanding_.back());
  }
}

void Sensor::publish(Outstanding& message) {
  message.packet_id = next_packet_id_;
  next_packet_id_ = next_packet_id_ == UINT16_MAX ? std::uint16_t{1} : static_cast<std::uint16_t>(next_packet_id_ + 1);
  const std::string topic = device_.topic();
  const std::string payload = device_.payload(ledger_.number(message.entry));
  mqtt::Publish packet;
  packet.topic = topic;
  packet.payload = as_bytes(payload);
  packet.packet_id = message.packet_id;
  packet.qos = mqtt::QoS::kAtLeastOnce;
  mqtt::encode_publish(packet, options_.version, output_);
  ledger_.sent(message.entry);
}

void Sensor::lose_connection(std::string_view reason) {
  ++connection_;
  trouble_ = reason;
  state_ = State::kWaiting;
  deadline_ = clock_.monotonic() + back_off_;
  back_off_ = std::min(back_off_ * 2, kLongestBackOff);
  Error ignored;
  socket_.close(ignored);
}

}  // namespace tidegate::fleet
