#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "proto/mqtt/properties.hpp"

namespace tidegate::mqtt {

/// Decodes a PUBLISH of a client (MQTT 5.0 section 3.3) after its fixed header with these `flags`.
Publish decode_publish(Reader& packet, std::uint8_t flags, Version version);

/// The same up to its properties: of one that is not all there.
Publish decode_publish_start(Reader& packet, std::uint8_t flags);

/// Bytes that append_publish() writes.
std::size_t publish_size(const Publish& publish, Version version, Bytes more_properties);

/// Appends a PUBLISH; `more_properties` follow those of the message (5.0 only). Nothing is checked.
void append_publish(const Publish& publish, Version version, Bytes more_properties, Buffer& output);

/// The properties of a message that has waited: its Message Expiry Interval less the wait [MQTT-3.3.2-6]. Nothing if
/// it has expired and must not be delivered [MQTT-3.3.2-5]. A view of `properties` where nothing changes, else of
/// `scratch`. `properties` are those of a PUBLISH that was decoded.
std::optional<Bytes> aged_properties(Bytes properties, std::chrono::seconds waited, Buffer& scratch);

/// Takes the properties that describe a message, in a PUBLISH or a will, and returns them raw.
Bytes message_properties(Reader& packet, PropertyPlace place);

}  // namespace tidegate::mqtt
