#pragma once

#include "proto/mqtt/primitives.hpp"
#include "proto/mqtt/types.hpp"

namespace tidegate::mqtt {

/// Decodes a PUBACK, PUBREC, PUBREL or PUBCOMP (MQTT 5.0 sections 3.4 to 3.7) after its fixed header; either side sends
/// each of them.
Ack decode_ack(AckKind kind, Reader& packet, Version version);

/// A 3.1.1 packet has no reason; 5.0 leaves out the reason success.
void append_ack(const Ack& ack, Version version, Buffer& output);

}  // namespace tidegate::mqtt
