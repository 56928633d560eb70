#pragma once

#include <string_view>

#include "gateway/base/manual_page.hpp"

namespace tidegate::config {

/// tidegate.toml(5), made from the tables of sections and properties. MANUAL.md beside this file is its Markdown; a
/// test holds them together.
ManualPage manual();

/// The page's example: a complete configuration, without faults.
std::string_view example();

}  // namespace tidegate::config
