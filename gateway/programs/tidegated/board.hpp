#pragma once

#include <string>

namespace tidegate::tidegated {

/// What this board is, by what its hardware or installation says; empty if nothing does.
struct Board {
  std::string id;      ///< Stable for this board, another one on every other board.
  std::string source;  ///< Where it came from, for the log.
};

/// The serial number of the device tree (Raspberry Pi and kin), else /etc/machine-id, hashed as machine-id(5) asks for.
/// Not a network adapter's address: adapters move from board to board.
Board read_board(const std::string& root = "/");

}  // namespace tidegate::tidegated
