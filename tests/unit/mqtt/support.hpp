#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "proto/mqtt/server_session.hpp"

namespace tidegate::mqtt::testing {

/// Bytes as the specification prints them: two hexadecimal digits each, and text between single quotes. What stands in
/// parentheses is preceded by its length, a variable byte integer; the last ones may be left open.
/// "20 02 00 00", "00 03 'a/b'", "30 ( 00 03 'a/b' ( 01 01 ) 'hello'".
Buffer bytes(std::string_view text);

/// Upper-case hexadecimal digits, a space between bytes.
std::string hex(Bytes bytes);

/// One line that says everything an event holds: "PUBLISH a/b qos 1 id 10 payload 'hi'".
std::string describe(const Event& event);

/// The server's end of a scripted dialogue: bytes in, events out as lines, its own bytes collected.
class Server {
 public:
  explicit Server(const ServerLimits& limits = {}) : limits_(limits) {}

  /// Feeds all of `input`, accepting any CONNECT and granting each subscription that is not shared, and returns the
  /// events up to the first that ends the session. What is not a whole packet yet waits for the next call.
  std::vector<std::string> hears(Bytes input);
  std::vector<std::string> hears(std::string_view text) { return hears(bytes(text)); }

  /// What it has said since the last call.
  std::string says();

  /// Instead of accepting, the server refuses with this reason.
  void will_refuse(Reason reason) { refusal_ = reason; }
  /// What it says of the session when it accepts.
  void will_accept(const Accept& terms) { terms_ = terms; }
  /// The identifier it gives to clients without one.
  void will_assign(std::string_view client_id) { assigned_client_id_ = client_id; }

  /// Sends the client a message, and says what became of it: "sent", "no quota", "too large", "expired".
  std::string_view publishes(const Delivery& delivery);

  /// Connects a client of `version` with the identifier "c" and forgets what was said.
  void greet(Version version);

  ServerSession& session() { return session_; }
  Buffer& output() { return output_; }

 private:
  void answer(const Connect& connect);
  void answer(const Subscribe& subscribe);
  void answer(const Unsubscribe& unsubscribe);

  ServerLimits limits_;
  ServerSession session_{limits_};
  Buffer unread_;
  Buffer output_;
  std::optional<Reason> refusal_;
  Accept terms_;
  std::string assigned_client_id_;
};

}  // namespace tidegate::mqtt::testing
