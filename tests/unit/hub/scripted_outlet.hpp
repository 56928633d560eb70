#pragma once

#include <memory>
#include <string>
#include <vector>

#include "gateway/hub/hub.hpp"
#include "gateway/hub/outlet.hpp"

namespace tidegate::hub::test {

/// Writes down what it is given, one line a message: "a/b 'hello' qos 1 retain ids 7 8", "a/b 'hello' qos 2 id 32768
/// again", "PUBREL 32768"; answers as the test says.
class ScriptedOutlet final : public Outlet {
 public:
  Answer deliver(const Delivery& delivery) override {
    if (answer != Answer::kTaken) return answer;
    const store::Message& message = delivery.message;
    std::string line = std::string(message.topic) + " '" + std::string(as_text(message.payload)) + "' qos " +
                       std::to_string(message.qos);
    if (message.qos == 2) line += " id " + std::to_string(delivery.packet_id);
    if (delivery.again) line += " again";
    if (message.retain) line += " retain";
    if (!delivery.identifiers.empty()) line += " ids";
    for (const std::uint32_t identifier : delivery.identifiers) line += " " + std::to_string(identifier);
    lines.push_back(std::move(line));
    return Answer::kTaken;
  }
  Answer release(std::uint16_t packet_id) override {
    if (answer == Answer::kTaken) lines.push_back("PUBREL " + std::to_string(packet_id));
    return answer;
  }
  void wake() override { ++woken; }

  Answer answer = Answer::kTaken;
  std::vector<std::string> lines;
  int woken = 0;
};

struct OwnSession {
  std::unique_ptr<sessions::Session> own_session;
};

/// A subscriber whose session ends with its connection.
class Client final : private OwnSession, public Subscriber {
 public:
  Client(sessions::Sessions& sessions, Hub& hub, const std::string& name, Outlet& outlet)
      : OwnSession{sessions.fleeting(name)}, Subscriber(hub, *own_session, &outlet) {}
};

/// What `client` publishes.
inline store::Message message(std::string_view topic, std::string_view payload, std::uint8_t qos = 1,
                              bool retain = false, std::string_view client = "sensor") {
  return {topic, client, as_bytes(payload), {}, {}, qos, retain};
}

}  // namespace tidegate::hub::test
