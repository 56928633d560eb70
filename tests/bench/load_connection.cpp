#include "tests/bench/load_connection.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdio>

namespace tidegate::bench {

LoadConnection::LoadConnection(const LoadOptions& options, unsigned number, Histogram& latency)
    : options_(options), latency_(latency), name_("load-" + std::to_string(number)) {
  const std::string payload(options.payload_bytes, 'x');
  mqtt::Publish publish;
  const std::string topic = "bench/" + name_;
  publish.topic = topic;
  publish.payload = std::as_bytes(std::span(payload));
  publish.qos = static_cast<mqtt::QoS>(options.qos);
  publish.packet_id = 1;
  mqtt::encode_publish(publish, mqtt::Version::k311, packet_);
  if (options.qos != 0) id_at_ = packet_.size() - options.payload_bytes - 2;
}

LoadConnection::~LoadConnection() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

bool LoadConnection::open() {
  descriptor_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(options_.port);
  ::inet_pton(AF_INET, options_.host.c_str(), &address.sin_addr);
  if (::connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return std::perror("mqtt_load: connect"), false;
  const int on = 1;
  ::setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  mqtt::Connect connect;
  connect.client_id = name_;
  mqtt::Buffer hello;
  mqtt::encode_connect(connect, hello);
  std::array<std::byte, 4> answer{};
  if (::write(descriptor_, hello.data(), hello.size()) < 0 ||
      ::recv(descriptor_, answer.data(), answer.size(), MSG_WAITALL) != 4 || answer[3] != std::byte{0})
    return std::fprintf(stderr, "mqtt_load: no CONNACK\n"), false;
  return ::fcntl(descriptor_, F_SETFL, O_NONBLOCK) == 0;
}

void LoadConnection::begin() {
  if (options_.refill != Refill::kPaced) publish(options_.window);
}

bool LoadConnection::on_readable() {
  std::array<std::byte, 16384> chunk;
  const ssize_t got = ::read(descriptor_, chunk.data(), chunk.size());
  if (got == 0) return false;
  if (got < 0) return errno == EAGAIN;
  input_.insert(input_.end(), chunk.begin(), chunk.begin() + got);
  mqtt::Bytes rest = input_;
  const unsigned acknowledged = take(rest);
  input_.erase(input_.begin(), input_.end() - static_cast<std::ptrdiff_t>(rest.size()));
  acknowledged_ += acknowledged;
  if (options_.refill == Refill::kEach) publish(acknowledged);
  if (options_.refill == Refill::kWindow && sent_at_.empty()) publish(options_.window);
  return true;
}

/// The messages that the server says it has taken: one a PUBACK, all before a PINGRESP.
unsigned LoadConnection::take(mqtt::Bytes& input) {
  const Monotonic now = clock_.monotonic();
  unsigned taken = 0;
  while (true) {
    const mqtt::ClientEvent event = mqtt::decode_from_server(input, mqtt::Version::k311);
    if (std::holds_alternative<mqtt::NeedMore>(event)) return taken;
    for (std::size_t left = options_.qos == 0 ? sent_at_.size() : 1; left > 0; --left, ++taken) {
      latency_.record(now - sent_at_.front());
      sent_at_.pop_front();
    }
  }
}

void LoadConnection::publish(unsigned count) {
  const Monotonic now = clock_.monotonic();
  for (unsigned i = 0; i < count; ++i) {
    if (id_at_ != 0) {
      packet_[id_at_] = static_cast<std::byte>(next_id_ >> 8);
      packet_[id_at_ + 1] = static_cast<std::byte>(next_id_ & 0xFF);
    }
    next_id_ = next_id_ == UINT16_MAX ? std::uint16_t{1} : static_cast<std::uint16_t>(next_id_ + 1);
    output_.insert(output_.end(), packet_.begin(), packet_.end());
    sent_at_.push_back(now);
  }
  if (options_.qos == 0) mqtt::encode_pingreq(output_);
  flush();
}

void LoadConnection::flush() {
  if (output_.empty()) return;
  const ssize_t put = ::write(descriptor_, output_.data(), output_.size());
  if (put > 0) output_.erase(output_.begin(), output_.begin() + put);
}

}  // namespace tidegate::bench
