#pragma once

#include <vector>

#include "gateway/config/assemble.hpp"

namespace tidegate::config {

/// What no single value can show: tables that do not fit each other. Adds to `faults`.
void check_rules(const Config& config, const Sources& sources, std::vector<Fault>& faults);

}  // namespace tidegate::config
