#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/disk.hpp"
#include "gateway/config/config.hpp"

namespace tidegate::config {

/// One value in effect, for `tidegate check`.
struct EffectiveValue {
  std::string table;    ///< "mqtt", "stream.sensors".
  std::string key;      ///< "topics".
  std::string value;    ///< As one would write it in the file; empty: not set.
  std::string meaning;  ///< What not set means, such as "half of the free disk, at most 32 GB".
  Place place;          ///< Of the value; no file: it is the default.
  /// "default", or "file:line".
  [[nodiscard]] std::string source() const;
};

/// A configuration and all that is wrong with it. It is fit to run only if `faults` is empty; a program that finds
/// faults prints every one (to_string) and exits with kBadConfigurationExit.
struct Loaded {
  Config config;
  std::vector<Fault> faults;           ///< In order of file and place.
  std::vector<EffectiveValue> values;  ///< Every property, in order of the sections.
  std::vector<std::string> files;      ///< In the order in which they were read.
};

/// EX_CONFIG of sysexits.h: systemd's RestartPreventExitStatus keeps such a start from being tried again.
inline constexpr int kBadConfigurationExit = 78;

/// Reads `file`, then `drop_in_directory`/*.toml in order of their names; a later file adds tables and overrides single
/// values. The directory may be missing or "" (none). An unreadable file is a fault.
Loaded load(const std::string& file, const std::string& drop_in_directory, Disk& disk);

/// The same for one text; `file_name` only names it in faults.
Loaded parse(std::string_view text, const std::string& file_name);

/// Adds a fault of the value of `key` in `table`, at its place: what only a reader of the file that it names can find.
void add_fault(Loaded& loaded, std::string_view table, std::string_view key, std::string_view what);

/// "file:line:column: message", on one line whatever was written there.
std::string to_string(const Fault& fault);

}  // namespace tidegate::config
