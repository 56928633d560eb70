#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tidegate::cli {

/// How far a topic filter is from a topic that it does not match.
struct Mismatch {
  std::size_t fitting = 0;  ///< Levels of the filter that fit the topic's.
  std::string why{};        ///< "level 3 is \"STATE\", not \"SENSOR\""
  std::string idea{};       ///< The filter changed as little as makes it match.
};

/// Both valid, and mqtt::matches(filter, topic) false.
Mismatch mismatch(std::string_view filter, std::string_view topic);

}  // namespace tidegate::cli
