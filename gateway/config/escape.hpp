#pragma once

#include <string>
#include <string_view>

namespace tidegate::config {

/// The text with each control character (C0, DEL, C1) as TOML writes it, \u0007: one line that ends where it ends and
/// moves no cursor.
std::string escape_controls(std::string_view text);

}  // namespace tidegate::config
