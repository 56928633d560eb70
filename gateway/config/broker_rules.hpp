#pragma once

#include "gateway/config/findings.hpp"

namespace tidegate::config {

/// What is wrong with a [broker.NAME], or with two of them that lead to one broker.
void check_brokers(const Config& config, Findings& findings);

}  // namespace tidegate::config
