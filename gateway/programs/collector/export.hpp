#pragma once

#include <string>

#include "gateway/programs/collector/message.hpp"

namespace tidegate::collector {

/// One message as one line of JSON: identity, topic, client, payload as text where it is UTF-8 (RFC 3629) and as
/// "payload_base64" otherwise, time received (ISO 8601, UTC) and its quality, qos, retain, the gateway's boot and the
/// time since it; if there are any, "properties_base64": those of MQTT 5, as they came. Ends with a line feed.
[[nodiscard]] std::string to_json_line(const StoredMessage& message);

/// The same as a record of RFC 4180 with the columns of csv_header(); one of the two payload columns is
/// empty.
[[nodiscard]] std::string to_csv_line(const StoredMessage& message);
[[nodiscard]] std::string csv_header();

/// "2026-11-24T06:42:22.123456Z"
[[nodiscard]] std::string to_iso8601(std::int64_t wall_us);

}  // namespace tidegate::collector
