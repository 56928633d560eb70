#pragma once

#include <cstdint>

#include "proto/mqtt/properties.hpp"

namespace tidegate::mqtt {

/// Decodes a PUBLISH of a client (MQTT 5.0 section 3.3) after its fixed header with these `flags`.
Publish decode_publish(Reader& packet, std::uint8_t flags, Version version);

/// Takes the properties that describe a message, in a PUBLISH or a will, and returns them raw.
Bytes message_properties(Reader& packet, PropertyPlace place);

}  // namespace tidegate::mqtt
