#include "gateway/store/kept_message.hpp"

namespace tidegate::store {

KeptMessage::KeptMessage(const Message& message)
    : topic_size_(static_cast<std::uint32_t>(message.topic.size())),
      client_size_(static_cast<std::uint32_t>(message.client.size())),
      properties_size_(static_cast<std::uint32_t>(message.properties.size())),
      received_(message.received),
      qos_(message.qos),
      retain_(message.retain) {
  bytes_.reserve(message.topic.size() + message.client.size() + message.properties.size() + message.payload.size());
  append(bytes_, as_bytes(message.topic));
  append(bytes_, as_bytes(message.client));
  append(bytes_, message.properties);
  append(bytes_, message.payload);
}

Message KeptMessage::view() const {
  Bytes rest(bytes_);
  const auto take = [&rest](std::size_t size) {
    const Bytes taken = rest.first(size);
    rest = rest.subspan(size);
    return taken;
  };
  Message message;
  message.topic = as_text(take(topic_size_));
  message.client = as_text(take(client_size_));
  message.properties = take(properties_size_);
  message.payload = rest;
  message.received = received_;
  message.qos = qos_;
  message.retain = retain_;
  return message;
}

}  // namespace tidegate::store
