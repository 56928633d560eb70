#pragma once

#include <string_view>
#include <vector>

namespace tidegate::config {

/// The candidate with the fewest letters to change, drop, add or swap (optimal string alignment); the first of several.
/// Empty if there are no candidates.
std::string_view nearest(std::string_view text, const std::vector<std::string_view>& candidates);

/// Whether `text` was likely meant to be `known`: one letter in three may differ, counted as nearest() does.
bool is_slip(std::string_view text, std::string_view known);

}  // namespace tidegate::config
