#include "tests/blockdev/publisher.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

#include "gateway/base/assert.hpp"
#include "tests/blockdev/message.hpp"

namespace tidegate::blockdev {

namespace {

std::uint16_t packet_id_of(std::uint64_t number) { return static_cast<std::uint16_t>(number % UINT16_MAX + 1); }

}  // namespace

Publisher::Publisher(std::uint32_t client, unsigned window, RecordWriter& record)
    : client_(client), window_(window), record_(record), topic_(topic_of(client)) {}

void Publisher::connect(std::uint16_t port) {
  close();
  descriptor_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  // A connection to a listener of this machine is made by the kernel alone, at once.
  if (::connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return close();
  const int on = 1;
  ::setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::fcntl(descriptor_, F_SETFL, O_NONBLOCK);
  const std::string name = "client-" + std::to_string(client_);
  mqtt::Connect hello;
  hello.client_id = name;
  mqtt::encode_connect(hello, output_);
  for (std::uint64_t number = acknowledged_; number < sent_; ++number) publish(number);
  turn();
}

void Publisher::turn() {
  if (descriptor_ < 0) return;
  const bool open = read();
  take_acknowledgements();
  if (!open) return close();
  while (!resting_ && sent_ < acknowledged_ + window_) publish(sent_++);
  write();
}

/// Takes in what is there; false if the server has closed.
bool Publisher::read() {
  std::array<std::byte, 16384> chunk{};
  while (true) {
    const ssize_t got = ::read(descriptor_, chunk.data(), chunk.size());
    if (got < 0) return errno == EAGAIN;
    if (got == 0) return false;
    input_.insert(input_.end(), chunk.begin(), chunk.begin() + got);
  }
}

void Publisher::take_acknowledgements() {
  mqtt::Bytes rest = input_;
  while (true) {
    const mqtt::ClientEvent event = mqtt::decode_from_server(rest, mqtt::Version::k311);
    if (std::holds_alternative<mqtt::NeedMore>(event)) break;
    TIDEGATE_ASSERT(!std::holds_alternative<mqtt::Failure>(event), "the gateway sends what is not MQTT");
    const auto* ack = std::get_if<mqtt::Ack>(&event);
    if (ack == nullptr) continue;
    TIDEGATE_ASSERT(ack->packet_id == packet_id_of(acknowledged_), "a PUBACK out of order");
    record_.add(acknowledged_event({client_, acknowledged_++}));
  }
  input_.erase(input_.begin(), input_.end() - static_cast<std::ptrdiff_t>(rest.size()));
}

void Publisher::publish(std::uint64_t number) {
  const std::string payload = payload_of({client_, number});
  mqtt::Publish message;
  message.topic = topic_;
  message.payload = std::as_bytes(std::span(payload));
  message.qos = mqtt::QoS::kAtLeastOnce;
  message.packet_id = packet_id_of(number);
  mqtt::encode_publish(message, mqtt::Version::k311, output_);
}

void Publisher::write() {
  const ssize_t put = ::send(descriptor_, output_.data(), output_.size(), MSG_NOSIGNAL);
  if (put > 0) output_.erase(output_.begin(), output_.begin() + put);
}

void Publisher::close() {
  if (descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = -1;
  input_.clear();
  output_.clear();
}

}  // namespace tidegate::blockdev
