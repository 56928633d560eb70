#include <cstdio>
#include <filesystem>

#include "gateway/config/load.hpp"
#include "gateway/programs/tidegate/commands.hpp"
#include "gateway/south/users/users.hpp"

namespace tidegate::cli {
namespace {

/// The configuration in effect as TOML, with the source of each value beside it.
std::string effective(const std::vector<config::EffectiveValue>& values) {
  constexpr std::size_t kColumn = 48;
  std::string text;
  std::string table;
  for (const config::EffectiveValue& value : values) {
    if (value.table != table) text += (table.empty() ? "[" : "\n[") + value.table + "]\n";
    table = value.table;
    std::string line = value.value.empty() ? "# " + value.key + ": " + value.meaning : value.key + " = " + value.value;
    line.resize(std::max(kColumn, line.size() + 2), ' ');
    text += line + "# " + value.source + "\n";
  }
  return text;
}

/// The configuration's faults and, if there are none, those of the files it names.
std::string all_faults(const config::Loaded& loaded, Disk& disk) {
  std::string text;
  for (const config::Fault& fault : loaded.faults) text += to_string(fault) + "\n";
  const std::string& users_file = loaded.config.mqtt.users;
  if (!text.empty() || users_file.empty()) return text;
  const auto users = south::Users::load(users_file, disk);
  return users ? text : users.error().message + "\n";
}

}  // namespace

int check(const Arguments& arguments) {
  SystemDisk disk;
  const std::filesystem::path file = arguments.get("--config", kDefaultConfig);
  const config::Loaded loaded = config::load(file.string(), (file.parent_path() / "conf.d").string(), disk);
  const std::string faults = all_faults(loaded, disk);
  if (!faults.empty()) {
    std::fputs(faults.c_str(), stderr);
    return config::kBadConfigurationExit;
  }
  std::fputs(effective(loaded.values).c_str(), stdout);
  return kSuccess;
}

}  // namespace tidegate::cli
