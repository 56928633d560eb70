#pragma once

#include <set>
#include <string>
#include <vector>

#include "gateway/config/findings.hpp"

namespace tidegate::config {

/// Finds among the elements of `key` what is no topic filter, and what is in `taken` already; adds the others to it.
void check_filters(const std::string& key, const std::vector<std::string>& topics, std::set<std::string>& taken,
                   Findings& findings);

}  // namespace tidegate::config
