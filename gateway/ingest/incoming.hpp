#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/bytes.hpp"

namespace tidegate::ingest {

/// What a sensor says of a message: all that must be durable before it is answered, in the order in which it came.
enum class Act : std::uint8_t {
  kPublish,    ///< PUBLISH: PUBACK, PUBREC or nothing is the answer.
  kTooLarge,   ///< PUBLISH of what is too large to be stored: not taken in; PUBACK that refuses it is the answer.
  kRelease,    ///< PUBREL: PUBCOMP is the answer.
  kDelivered,  ///< PUBREC of what it was sent: PUBREL is the answer.
  kDone,       ///< PUBCOMP, or a PUBREC that refuses: there is no answer.
};

/// What a sensor says, before it is stored. Views of its connection's bytes.
struct Incoming {
  std::string_view topic;
  Bytes payload;
  Bytes properties;
  std::uint8_t qos = 0;
  bool retain = false;
  std::uint16_t packet_id = 0;  ///< 0: none, or of a will.
  Act act = Act::kPublish;      ///< If it is another one, it has an identifier and nothing else.
};

/// The same, with bytes of its own: what was offered and not taken, until it is offered again.
class HeldMessage {
 public:
  explicit HeldMessage(const Incoming& incoming);
  /// Views of the bytes in here.
  [[nodiscard]] Incoming view() const;

 private:
  std::string topic_;
  Buffer payload_;
  Buffer properties_;
  Incoming rest_;  // without views
};

/// Copies of all of them.
[[nodiscard]] std::vector<HeldMessage> hold(std::span<const Incoming> messages);

}  // namespace tidegate::ingest
