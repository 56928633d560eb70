#pragma once

#include "proto/mqtt/primitives.hpp"

namespace tidegate::mqtt {

/// Decodes a client's DISCONNECT (MQTT 5.0 section 3.14) after its fixed header. `wanted_session_expiry`: the CONNECT
/// asked for a session that outlives the connection.
Disconnect decode_disconnect(Reader& packet, Version version, bool wanted_session_expiry);

}  // namespace tidegate::mqtt
