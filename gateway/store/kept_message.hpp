#pragma once

#include <memory>

#include "gateway/base/bytes.hpp"
#include "gateway/store/message.hpp"

namespace tidegate::store {

/// A message that outlives the call that brought it. Shared by all who wait for it.
class KeptMessage {
 public:
  explicit KeptMessage(const Message& message);

  /// Memory that a message would take.
  static std::size_t bytes_of(const Message& message) {
    return sizeof(KeptMessage) + message.topic.size() + message.client.size() + message.properties.size() +
           message.payload.size();
  }

  /// Views of this object.
  [[nodiscard]] Message view() const;
  /// Memory that it takes.
  [[nodiscard]] std::size_t bytes() const { return sizeof *this + bytes_.size(); }

 private:
  Buffer bytes_;  // topic, client, properties, payload
  std::uint32_t topic_size_;
  std::uint32_t client_size_;
  std::uint32_t properties_size_;
  Timestamp received_;
  std::uint8_t qos_;
  bool retain_;
};
using Kept = std::shared_ptr<const KeptMessage>;

}  // namespace tidegate::store
