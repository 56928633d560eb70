#pragma once

#include <string>
#include <string_view>

#include "gateway/programs/tidegate/mosquitto_conf.hpp"

namespace tidegate::cli {

/// A basic string of TOML 1.0; `text` is UTF-8.
std::string toml_quoted(std::string_view text);

/// `key = value`, with the line that it comes from, if any, beside it.
std::string toml_line(std::string_view key, std::string_view value, const ConfLine& from);

}  // namespace tidegate::cli
