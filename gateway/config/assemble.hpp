#pragma once

#include <map>
#include <string>
#include <vector>

#include "gateway/config/document.hpp"
#include "gateway/config/load.hpp"

namespace tidegate::config {

/// Where what is in effect was written: "stream.sensors.topics" and, for the table itself, "stream.sensors".
using Sources = std::map<std::string, const Entry*>;

/// Puts documents together, the later over the earlier, and finds every fault in them.
Loaded assemble(const std::vector<Document>& documents);

}  // namespace tidegate::config
