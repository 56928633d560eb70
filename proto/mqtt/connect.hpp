#pragma once

#include <optional>

#include "proto/mqtt/primitives.hpp"
#include "proto/mqtt/types.hpp"

namespace tidegate::mqtt {

/// CONNECT with what only the session needs to know.
struct ConnectPacket {
  Connect connect;
  std::optional<Version> understood;  ///< In which form the client understands an answer; nothing: it gets none.
  bool wants_problem_information = true;
};

/// Decodes a CONNECT (MQTT 5.0 section 3.1) after its fixed header. What was read before a fault stays in `connect`.
void decode_connect(Reader& packet, ConnectPacket& connect);

}  // namespace tidegate::mqtt
