#pragma once

#include "proto/mqtt/primitives.hpp"
#include "proto/mqtt/types.hpp"

namespace tidegate::mqtt {

/// Decode a SUBSCRIBE or UNSUBSCRIBE (MQTT 5.0 sections 3.8 and 3.10) after its fixed header, and check every filter.
Subscribe decode_subscribe(Reader& packet, Version version);
Unsubscribe decode_unsubscribe(Reader& packet, Version version);

}  // namespace tidegate::mqtt
