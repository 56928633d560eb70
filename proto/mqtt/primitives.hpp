#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "proto/mqtt/topic.hpp"
#include "proto/mqtt/types.hpp"

namespace tidegate::mqtt {

inline Bytes as_bytes(std::string_view text) { return std::as_bytes(std::span(text.data(), text.size())); }
inline std::string_view as_text(Bytes bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

/// Reads the data types of MQTT 5.0 section 1.5 from a packet that is wholly there. The first fault, found here or
/// named by the caller with fail(), stays: from then on everything read is empty or zero and ok() is false, so that a
/// decoder reads straight on and looks once.
class Reader {
 public:
  explicit Reader(Bytes in) : in_(in) {}

  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] const Failure& failure() const { return failure_; }
  [[nodiscard]] bool at_end() const { return in_.empty(); }
  [[nodiscard]] Bytes unread() const { return in_; }

  /// `explanation` is static text.
  void fail(Reason reason, std::string_view explanation) {
    if (ok_) failure_ = {reason, explanation};
    ok_ = false;
    in_ = {};
  }
  void fail(const Failure& failure) { fail(failure.reason, failure.explanation); }

  Bytes take(std::size_t size) {
    if (size > in_.size()) {
      fail(Reason::kMalformedPacket, "a field reaches beyond the end of its packet (section 2.1.4)");
      return {};
    }
    const Bytes taken = in_.first(size);
    in_ = in_.subspan(size);
    return taken;
  }
  Bytes rest() { return take(in_.size()); }

  std::uint8_t u8() { return static_cast<std::uint8_t>(fixed(1)); }
  std::uint16_t u16() { return static_cast<std::uint16_t>(fixed(2)); }
  std::uint32_t u32() { return fixed(4); }

  /// Variable Byte Integer (section 1.5.5).
  std::uint32_t varint() {
    std::uint32_t value = 0;
    for (unsigned shift = 0; shift < 28; shift += 7) {
      const std::uint8_t byte = u8();
      value |= (byte & 0x7FU) << shift;
      if ((byte & 0x80U) != 0) continue;
      if (byte == 0 && shift > 0) fail(Reason::kMalformedPacket, "an integer longer than needed [MQTT-1.5.5-1]");
      return value;
    }
    fail(Reason::kMalformedPacket, "a variable byte integer of more than four bytes (section 1.5.5)");
    return 0;
  }

  /// Binary Data (section 1.5.6).
  Bytes binary() { return take(u16()); }

  /// UTF-8 Encoded String (section 1.5.4).
  std::string_view text() {
    const std::string_view text = as_text(binary());
    if (!valid_utf8(text)) fail(Reason::kMalformedPacket, "ill-formed UTF-8 or U+0000 [MQTT-1.5.4-1] [MQTT-1.5.4-2]");
    return text;
  }

  /// A topic that something is published to; an empty one passes, for the caller to judge.
  std::string_view topic_name() {
    const std::string_view topic = as_text(binary());
    if (topic.empty() || valid_topic(topic)) [[likely]]
      return topic;
    if (!valid_utf8(topic)) {
      fail(Reason::kMalformedPacket, "a topic of ill-formed UTF-8 or with U+0000 [MQTT-3.3.2-1] [MQTT-1.5.4-2]");
    } else {
      fail(Reason::kTopicNameInvalid, "a wildcard in a topic name [MQTT-3.3.2-2]");
    }
    return {};
  }

 private:
  std::uint32_t fixed(std::size_t bytes) {
    std::uint32_t value = 0;
    for (const std::byte byte : take(bytes)) value = value << 8 | std::to_integer<std::uint32_t>(byte);
    return value;
  }

  Bytes in_;
  bool ok_ = true;
  Failure failure_;
};

/// Appends the same data types. Lengths are the caller's care: text and binary data are at most 65,535 bytes.
class Writer {
 public:
  explicit Writer(Buffer& out) : out_(out) {}

  void u8(std::uint8_t value) { out_.push_back(std::byte{value}); }
  void u16(std::uint16_t value) {
    u8(static_cast<std::uint8_t>(value >> 8));
    u8(static_cast<std::uint8_t>(value));
  }
  void u32(std::uint32_t value) {
    u16(static_cast<std::uint16_t>(value >> 16));
    u16(static_cast<std::uint16_t>(value));
  }
  void varint(std::size_t value) {
    for (; value >= 0x80; value >>= 7) u8(static_cast<std::uint8_t>(value | 0x80));
    u8(static_cast<std::uint8_t>(value));
  }
  void raw(Bytes bytes) { out_.insert(out_.end(), bytes.begin(), bytes.end()); }
  void binary(Bytes bytes) {
    u16(static_cast<std::uint16_t>(bytes.size()));
    raw(bytes);
  }
  void text(std::string_view text) { binary(as_bytes(text)); }

 private:
  Buffer& out_;
};

/// Bytes that varint() writes for `value`.
constexpr std::size_t varint_size(std::size_t value) {
  return value < 1U << 7 ? 1 : value < 1U << 14 ? 2 : value < 1U << 21 ? 3 : 4;
}

}  // namespace tidegate::mqtt
