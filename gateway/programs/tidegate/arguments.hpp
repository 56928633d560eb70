#pragma once

#include "gateway/base/arguments.hpp"

namespace tidegate::cli {

using tidegate::Arguments;
using tidegate::Option;
inline std::string describe(std::span<const Option> options) { return describe_options(options); }

}  // namespace tidegate::cli
