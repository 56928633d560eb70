#pragma once

#include <string>
#include <vector>

#include "gateway/base/address.hpp"
#include "gateway/programs/tidegate/mosquitto_settings.hpp"

namespace tidegate::cli {

/// What a bridge subscribes to at the other broker, as that one names it.
struct IncomingTopics {
  std::vector<std::string> filters;  ///< None of them within another.
  std::uint8_t qos = 0;              ///< The best that one of the lines asks for, 0 to 2.
};

/// Notes what is not taken, and what comes under another name than in mosquitto.
IncomingTopics incoming_topics(const MosquittoBridge& bridge, std::vector<Note>& notes);

/// [broker.NAME] of a bridge by which something comes in. `address` is where its first address leads. A password stays
/// where it is: neither table nor notes have it.
std::string broker_table(const MosquittoBridge& bridge, const IncomingTopics& incoming, const Set<HostPort>& address,
                         const std::string& name, std::vector<Note>& notes);

}  // namespace tidegate::cli
