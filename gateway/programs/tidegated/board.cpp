#include "gateway/programs/tidegated/board.hpp"

#include <algorithm>
#include <cctype>
#include <fstream>

#include "gateway/base/bytes.hpp"
#include "gateway/base/crc32c.hpp"

namespace tidegate::tidegated {

namespace {

std::string first_word(const std::string& path) {
  std::ifstream file(path);
  std::string word;
  std::getline(file, word, '\0');
  std::erase_if(word, [](unsigned char c) { return std::isalnum(c) == 0; });
  return word;
}

// machine-id(5): it must not be exposed as it is. Two checksums under different keys are enough for a name.
std::string hashed(const std::string& machine_id) {
  const std::uint32_t halves[] = {crc32c(as_bytes("tidegate gateway " + machine_id)),
                                  crc32c(as_bytes(machine_id + " tidegate gateway"))};
  return to_hex(std::as_bytes(std::span(halves)));
}

}  // namespace

Board read_board(const std::string& root) {
  if (const std::string serial = first_word(root + "sys/firmware/devicetree/base/serial-number"); !serial.empty())
    return {"board-" + serial, "device tree serial number"};
  if (const std::string machine = first_word(root + "etc/machine-id"); !machine.empty())
    return {"machine-" + hashed(machine), "/etc/machine-id"};
  return {};
}

}  // namespace tidegate::tidegated
