#pragma once

#include <cstdint>
#include <string_view>

#include "gateway/base/bytes.hpp"

namespace tidegate::collector {

/// A message as a gateway sent it. Views of what the caller, or a row, owns.
struct Message {
  std::string_view topic;
  std::string_view client;
  Bytes payload;
  Bytes properties;  ///< MQTT 5, raw.
  std::int64_t wall_us = 0;
  std::int64_t monotonic_us = 0;
  std::uint32_t time_quality = 0;  ///< v1.TimeQuality.
  std::uint32_t qos = 0;
  bool retain = false;
};

/// A message with its identity; views are valid during the call that hands it out.
struct StoredMessage {
  std::string_view gateway;
  std::string_view stream;
  std::string_view incarnation;
  std::uint64_t offset = 0;
  std::string_view boot;  ///< 16 bytes: what monotonic_us belongs to.
  Message message;
};

}  // namespace tidegate::collector
