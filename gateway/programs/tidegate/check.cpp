#include <cstdio>

#include "gateway/programs/tidegate/commands.hpp"
#include "gateway/programs/tidegated/configuration.hpp"

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
    text += line + "# " + value.source() + "\n";
  }
  return text;
}

}  // namespace

int check(const Arguments& arguments) {
  SystemDisk disk;
  const config::Loaded loaded = tidegated::read_configuration(arguments.get("--config", kDefaultConfig), disk).loaded;
  tidegated::print_faults(loaded);
  if (!loaded.faults.empty()) return config::kBadConfigurationExit;
  std::fputs(effective(loaded.values).c_str(), stdout);
  return kSuccess;
}

}  // namespace tidegate::cli
