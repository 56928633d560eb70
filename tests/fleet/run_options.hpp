#pragma once

#include <span>

#include "gateway/base/arguments.hpp"
#include "tests/fleet/fleet.hpp"

namespace tidegate::fleet {

/// What `tidegate-fleet run` was asked for.
struct RunOptions {
  FleetOptions fleet;
  std::size_t sensors = 0;
  std::string data;     ///< Directory of the readings.
  std::string journal;  ///< File to write.
};

/// The options of `run`, for parsing and help.
std::span<const Option> run_option_table();

/// Checks values and bounds, and looks the server's name up. kInvalid and kNotFound say what is wrong.
Result<RunOptions> read_run_options(const Arguments& arguments);

}  // namespace tidegate::fleet
