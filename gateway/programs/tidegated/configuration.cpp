#include "gateway/programs/tidegated/configuration.hpp"

#include <cstdio>
#include <filesystem>
#include <sstream>

namespace tidegate::tidegated {

Configuration read_configuration(const std::string& file, Disk& disk) {
  Configuration read{.loaded = config::load(file, std::filesystem::path(file).parent_path() / "conf.d", disk),
                     .users = std::nullopt};
  const std::string& users_file = read.loaded.config.mqtt.users;
  if (users_file.empty()) return read;
  auto users = south::Users::load(users_file, disk);
  if (users) {
    read.users = std::move(*users);
    return read;
  }
  std::istringstream lines(users.error().message);  // one for each bad line of the file
  for (std::string line; std::getline(lines, line);) config::add_fault(read.loaded, "mqtt", "users", line);
  return read;
}

void print_faults(const config::Loaded& loaded) {
  for (const config::Fault& fault : loaded.faults) std::fprintf(stderr, "%s\n", config::to_string(fault).c_str());
}

}  // namespace tidegate::tidegated
