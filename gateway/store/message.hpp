#pragma once

#include <cstdint>
#include <string_view>

#include "gateway/base/bytes.hpp"
#include "gateway/base/clock.hpp"
#include "gateway/base/ids.hpp"

namespace tidegate::store {

/// What a sensor said, as it is stored: one PUBLISH is one message. Views of bytes that somebody else owns.
struct Message {
  std::string_view topic;
  std::string_view client;  ///< Client identifier of the sensor's connection.
  Bytes payload;
  Bytes properties;  ///< MQTT 5 PUBLISH properties as they came, without their length (MQTT 5.0 section 2.2.2.2); or
                     ///< empty.
  Timestamp received;
  std::uint8_t qos = 0;
  bool retain = false;
};

/// A message for a stream, or one of a group that becomes durable together.
struct Entry {
  StreamIndex stream;
  Message message;
};

/// Why a range of offsets will not come. The numbers are on the disk and on the upstream wire.
enum class SkipReason : std::uint8_t {
  kEvicted = 1,    ///< Dropped by the stream's policy: its quota or the disk was full, or it was too old.
  kReduced = 2,    ///< Taken out by a reduction that the owner configured.
  kRejected = 3,   ///< Refused for good by an upstream; parked in the dead-letter stream.
  kCorrupt = 4,    ///< Rotten on the disk; set aside.
  kElsewhere = 5,  ///< Delivered by another upstream.
};
std::string_view to_string(SkipReason reason);

}  // namespace tidegate::store
