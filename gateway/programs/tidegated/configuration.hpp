#pragma once

#include <optional>
#include <string>

#include "gateway/base/disk.hpp"
#include "gateway/config/load.hpp"
#include "gateway/south/users/users.hpp"

namespace tidegate::tidegated {

/// A configuration and what is in the files that it names: what tidegated runs with, and what `tidegate check` and
/// `tidegate explain` speak of.
struct Configuration {
  config::Loaded loaded;              ///< Its faults are those of all files.
  std::optional<south::Users> users;  ///< Nothing: anyone may connect.
};

/// Reads `file`, conf.d/*.toml beside it, and the users.
Configuration read_configuration(const std::string& file, Disk& disk);

/// Prints every fault on standard error.
void print_faults(const config::Loaded& loaded);

}  // namespace tidegate::tidegated
