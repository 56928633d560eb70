#pragma once

#include "proto/mqtt/answers.hpp"
#include "proto/mqtt/primitives.hpp"

namespace tidegate::mqtt {

/// Decodes a SUBSCRIBE or UNSUBSCRIBE (MQTT 5.0 sections 3.8 and 3.10) after its fixed header and, if it is
/// well-formed, appends an answer that refuses each filter: subscriptions are not offered.
void refuse_filters(PacketType type, Reader& packet, Version version, const PeerWishes& wishes, Buffer& output);

}  // namespace tidegate::mqtt
