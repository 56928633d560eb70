#include "gateway/programs/collector/text.hpp"

#include <array>
#include <cstdint>
#include <cstdio>

namespace tidegate::collector {
namespace {

/// Length of the sequence that `lead` begins and the smallest character that needs it; 0: it begins none.
struct Sequence {
  std::size_t length = 0;
  std::uint32_t smallest = 0;
};

Sequence sequence_of(std::uint8_t lead) {
  if (lead < 0x80) return {1, 0};
  if (lead >= 0xc2 && lead < 0xe0) return {2, 0x80};
  if (lead >= 0xe0 && lead < 0xf0) return {3, 0x800};
  if (lead >= 0xf0 && lead < 0xf5) return {4, 0x10000};
  return {};
}

}  // namespace

bool is_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const auto lead = static_cast<std::uint8_t>(text[at]);
    const Sequence sequence = sequence_of(lead);
    if (sequence.length == 0 || text.size() - at < sequence.length) return false;
    std::uint32_t character = sequence.length == 1 ? lead : lead & (0x7fU >> sequence.length);
    for (std::size_t i = 1; i < sequence.length; ++i) {
      const auto next = static_cast<std::uint8_t>(text[at + i]);
      if ((next & 0xc0) != 0x80) return false;
      character = (character << 6) | (next & 0x3fU);
    }
    if (character < sequence.smallest || character > 0x10ffff || (character >= 0xd800 && character < 0xe000))
      return false;
    at += sequence.length;
  }
  return true;
}

std::string json_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      std::array<char, 8> escaped{};
      std::snprintf(escaped.data(), escaped.size(), "\\u%04x", static_cast<unsigned>(c));
      out += escaped.data();
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::string csv_field(std::string_view text) {
  if (text.find_first_of("\",\r\n") == std::string_view::npos) return std::string(text);
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + '"';
}

std::string base64(Bytes bytes) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    std::uint32_t group = 0;
    for (std::size_t i = 0; i < 3; ++i)
      group = (group << 8) | (at + i < bytes.size() ? std::to_integer<std::uint32_t>(bytes[at + i]) : 0);
    for (std::size_t i = 0; i < 4; ++i) out += at + i > bytes.size() ? '=' : kDigits[(group >> (18 - 6 * i)) & 0x3f];
  }
  return out;
}

}  // namespace tidegate::collector
