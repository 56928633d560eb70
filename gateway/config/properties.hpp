#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "gateway/config/config.hpp"

namespace tidegate::config {

/// What a property takes, and how it is written in the file.
enum class Kind {
  kText,
  kName,         ///< Letters, digits, '-', '_' and '.', at most 64.
  kListen,       ///< Numeric address and port of this machine.
  kRemote,       ///< Host and port of another machine.
  kRemotes,      ///< Hosts and ports, separated by commas.
  kLevels,       ///< A text with {1} for levels of an MQTT topic.
  kSasl,         ///< "PLAIN", "SCRAM-SHA-256" or "SCRAM-SHA-512".
  kPath,         ///< Absolute path.
  kSize,         ///< "64 KiB"; in bytes.
  kDuration,     ///< "30 s"; in milliseconds.
  kRate,         ///< "10/s"; times a second.
  kCount,        ///< A whole number.
  kFlag,         ///< true or false.
  kWhenFull,     ///< "drop-oldest" or "refuse".
  kCompression,  ///< "none" or "zstd".
  kFilters,      ///< MQTT topic filters.
  kNames,        ///< Names of other tables.
  kNotOffered,   ///< Known, and refused by this version: `doc` says so.
};

/// A value between the file and the Config, in the base unit of its kind.
using Value = std::variant<std::string, std::uint64_t, double, bool, std::vector<std::string>>;

/// What a number (or the length of a list) must keep to, in the base unit of its kind.
struct Bounds {
  std::uint64_t min = 0;
  std::uint64_t max = std::numeric_limits<std::int64_t>::max();
};

/// One row of the table of everything that can be configured. Defaults are those of a default-constructed Config.
struct Property {
  std::string_view section{};  ///< "mqtt"; "stream" has a table for each name.
  std::string_view key{};
  Kind kind = Kind::kText;
  Bounds bounds{};
  std::string_view when_unset{};  ///< What an empty or zero default means; empty: the value speaks for itself.
  std::string_view doc{};         ///< What it is and why one would change it.
  Value (*get)(const Config& config, std::size_t index) = nullptr;
  void (*set)(Config& config, std::size_t index, const Value& value) = nullptr;
};

/// In order of the sections as an owner meets them. `index` of get and set counts the tables of a named section.
std::span<const Property> properties();

/// One kind of table in the file.
struct Section {
  std::string_view name{};
  bool named = false;  ///< [stream.NAME] rather than [mqtt].
  std::string_view doc{};
};
std::span<const Section> sections();

/// Nothing if there is none.
const Property* find_property(std::string_view section, std::string_view key);
const Section* find_section(std::string_view name);

}  // namespace tidegate::config
