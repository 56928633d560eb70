#pragma once

#include <string>
#include <vector>

#include "gateway/programs/tidegate/mosquitto_settings.hpp"

namespace tidegate::cli {

/// The [mqtt] table: the first listener that we can be, who may connect to it, and the limits.
std::string mqtt_table(const MosquittoSettings& settings, Disk& disk, std::vector<Note>& notes);

}  // namespace tidegate::cli
