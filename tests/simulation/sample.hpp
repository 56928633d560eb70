#pragma once

#include <string>

#include "gateway/store/message.hpp"

namespace tidegate::simulation {

/// A message that is made anew from its number whenever it is needed, to be stored or to be compared.
class Sample {
 public:
  Sample(std::uint64_t number, std::size_t max_payload_bytes);

  /// Views into this sample.
  [[nodiscard]] store::Message message() const;
  [[nodiscard]] bool equals(const store::Message& other) const;

 private:
  std::string topic_;
  std::string client_;
  Buffer payload_;
  Buffer properties_;
  Timestamp received_;
  std::uint8_t qos_;
  bool retain_;
};

}  // namespace tidegate::simulation
