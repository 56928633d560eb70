#include "gateway/config/escape.hpp"

#include <array>
#include <cstdio>

namespace tidegate::config {

std::string escape_controls(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto byte = static_cast<unsigned char>(text[i]);
    const auto next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0U;
    const bool is_c1 = byte == 0xC2 && next >= 0x80 && next < 0xA0;  // two bytes in UTF-8
    if (byte >= 0x20 && byte != 0x7F && !is_c1) {
      out += text[i];
      continue;
    }
    if (is_c1) byte = static_cast<unsigned char>(text[++i]);
    std::array<char, 8> escaped{};
    std::snprintf(escaped.data(), escaped.size(), "\\u%04x", static_cast<unsigned>(byte));
    out += escaped.data();
  }
  return out;
}

}  // namespace tidegate::config
