#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "gateway/programs/tidegate/mosquitto_conf.hpp"

namespace tidegate::cli {

/// A basic string of TOML 1.0; `text` is UTF-8.
std::string toml_quoted(std::string_view text);

/// A list of such strings, on one line.
std::string toml_list(const std::vector<std::string>& texts);

/// A table's name or a key: `name` holds letters, digits, '-', '_' and '.'.
std::string toml_key(std::string_view name);

/// `key = value`, with the line that it comes from, if any, beside it.
std::string toml_line(std::string_view key, std::string_view value, const ConfLine& from);

}  // namespace tidegate::cli
