#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tidegate {

/// A view of bytes that somebody else owns; it never lives across a wait.
using Bytes = std::span<const std::byte>;
using Buffer = std::vector<std::byte>;

inline Bytes as_bytes(std::string_view text) { return std::as_bytes(std::span(text.data(), text.size())); }
inline std::string_view as_text(Bytes bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }
inline void append(Buffer& out, Bytes bytes) { out.insert(out.end(), bytes.begin(), bytes.end()); }

/// Lower-case hexadecimal, two digits a byte.
std::string to_hex(Bytes bytes);
/// The bytes of a hexadecimal text, or nothing if it is not one.
std::optional<Buffer> from_hex(std::string_view text);

/// Appends little-endian integers, LEB128 varints and length-prefixed bytes to a buffer.
class ByteWriter {
 public:
  explicit ByteWriter(Buffer& out) : out_(out) {}

  void u8(std::uint8_t value) { out_.push_back(std::byte{value}); }
  void u16(std::uint16_t value) { fixed(value, 2); }
  void u32(std::uint32_t value) { fixed(value, 4); }
  void u64(std::uint64_t value) { fixed(value, 8); }
  void varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) u8(static_cast<std::uint8_t>(value | 0x80));
    u8(static_cast<std::uint8_t>(value));
  }
  /// Signed numbers as varints, small magnitudes short (zigzag).
  void zigzag(std::int64_t value) {
    varint((static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63));
  }
  void raw(Bytes bytes) { append(out_, bytes); }
  /// A varint length, then the bytes.
  void prefixed(Bytes bytes) {
    varint(bytes.size());
    raw(bytes);
  }

 private:
  void fixed(std::uint64_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) u8(static_cast<std::uint8_t>(value >> (8 * i)));
  }

  Buffer& out_;
};

/// Reads what ByteWriter wrote. Reading past the end yields zeros and makes ok() false for good: check once, at the
/// end.
class ByteReader {
 public:
  explicit ByteReader(Bytes in) : in_(in) {}

  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] Bytes rest() const { return in_; }
  [[nodiscard]] bool at_end() const { return in_.empty(); }

  std::uint8_t u8() { return static_cast<std::uint8_t>(fixed(1)); }
  std::uint16_t u16() { return static_cast<std::uint16_t>(fixed(2)); }
  std::uint32_t u32() { return static_cast<std::uint32_t>(fixed(4)); }
  std::uint64_t u64() { return fixed(8); }
  std::uint64_t varint();
  std::int64_t zigzag() {
    const std::uint64_t value = varint();
    return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
  }
  Bytes raw(std::size_t size) {
    if (size > in_.size()) return fail(), Bytes{};
    const Bytes taken = in_.first(size);
    in_ = in_.subspan(size);
    return taken;
  }
  Bytes prefixed() {
    const std::uint64_t size = varint();
    if (size > in_.size()) return fail(), Bytes{};
    return raw(static_cast<std::size_t>(size));
  }

 private:
  void fail() {
    ok_ = false;
    in_ = {};
  }
  std::uint64_t fixed(std::size_t bytes) {
    const Bytes taken = raw(bytes);
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < taken.size(); ++i) value |= static_cast<std::uint64_t>(taken[i]) << (8 * i);
    return value;
  }

  Bytes in_;
  bool ok_ = true;
};

}  // namespace tidegate
