#pragma once

#include <string_view>
#include <vector>

namespace tidegate::config {

/// The candidate with the fewest letters to change, drop, add or swap (optimal string alignment); the first of several.
/// Empty if there are no candidates.
std::string_view nearest(std::string_view text, const std::vector<std::string_view>& candidates);

}  // namespace tidegate::config
