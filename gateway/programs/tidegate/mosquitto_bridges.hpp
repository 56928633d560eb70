#pragma once

#include <string>
#include <vector>

#include "gateway/programs/tidegate/mosquitto_settings.hpp"

namespace tidegate::cli {

/// What bridges become; empty where there is none of the kind.
struct BridgeTables {
  std::string brokers;    ///< [broker.NAME] of each by which something comes in.
  std::string upstreams;  ///< [upstream.NAME] and [stream.NAME] of each by which something goes out.
};

/// What comes in comes as from mosquitto. A bridge speaks MQTT and an upstream does not: its host is kept, as that of a
/// collector, and it is said.
BridgeTables bridge_tables(const std::vector<MosquittoBridge>& bridges, std::vector<Note>& notes);

}  // namespace tidegate::cli
