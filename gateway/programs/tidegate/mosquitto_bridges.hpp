#pragma once

#include <string>
#include <vector>

#include "gateway/programs/tidegate/mosquitto_settings.hpp"

namespace tidegate::cli {

/// An [upstream] and a [stream] for each bridge that carries something out; empty if none does. A bridge speaks MQTT
/// and an upstream does not: its host is kept, as that of a collector, and it is said.
std::string bridge_tables(const std::vector<MosquittoBridge>& bridges, std::vector<Note>& notes);

}  // namespace tidegate::cli
