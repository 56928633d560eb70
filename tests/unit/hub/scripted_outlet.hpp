#pragma once

#include <string>
#include <vector>

#include "gateway/hub/outlet.hpp"

namespace tidegate::hub::test {

/// Writes down what it is given, one line a message: "a/b 'hello' qos 1 retain ids 7 8"; answers as the test says.
class ScriptedOutlet final : public Outlet {
 public:
  Answer deliver(const Delivery& delivery) override {
    if (answer != Answer::kTaken) return answer;
    const store::Message& message = delivery.message;
    std::string line = std::string(message.topic) + " '" + std::string(as_text(message.payload)) + "' qos " +
                       std::to_string(message.qos) + (message.retain ? " retain" : "");
    if (!delivery.identifiers.empty()) line += " ids";
    for (const std::uint32_t identifier : delivery.identifiers) line += " " + std::to_string(identifier);
    lines.push_back(std::move(line));
    return Answer::kTaken;
  }

  Answer answer = Answer::kTaken;
  std::vector<std::string> lines;
};

/// What `client` publishes.
inline store::Message message(std::string_view topic, std::string_view payload, std::uint8_t qos = 1,
                              bool retain = false, std::string_view client = "sensor") {
  return {topic, client, as_bytes(payload), {}, {}, qos, retain};
}

}  // namespace tidegate::hub::test
