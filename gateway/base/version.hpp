#pragma once

#include <string_view>

namespace tidegate {

/// The version of every program of this tree, as CMakeLists.txt states it: "0.1.0".
extern const std::string_view kVersion;

}  // namespace tidegate
