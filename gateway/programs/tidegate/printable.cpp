#include "gateway/programs/tidegate/printable.hpp"

namespace tidegate::cli {

std::string printable(std::string line) {
  for (std::size_t i = 0; i < line.size(); ++i) {
    const auto byte = static_cast<unsigned char>(line[i]);
    const auto next = i + 1 < line.size() ? static_cast<unsigned char>(line[i + 1]) : 0U;
    if (byte < 0x20 || byte == 0x7F) line[i] = '?';
    // A C1 control is two bytes in UTF-8.
    if (byte == 0xC2 && next >= 0x80 && next < 0xA0) line.replace(i, 2, "?");
  }
  return line;
}

}  // namespace tidegate::cli
