#pragma once

#include <string>
#include <vector>

#include "gateway/base/metrics.hpp"

namespace tidegate::control {

inline constexpr const char* kMetricsContentType = "text/plain; version=0.0.4; charset=utf-8";

/// Prometheus' text format 0.0.4. `samples` are ordered by name, as Metrics::collect() yields them.
std::string metrics_text(const std::vector<Sample>& samples);

}  // namespace tidegate::control
