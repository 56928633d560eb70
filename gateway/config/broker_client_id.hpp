#pragma once

#include <string>

#include "gateway/config/config.hpp"

namespace tidegate::config {

/// The client identifier by which the broker knows the gateway of this id.
inline std::string client_id_of(const Broker& broker, const std::string& gateway_id) {
  return broker.client_id.empty() ? "tidegate-" + gateway_id + "-" + broker.name : broker.client_id;
}

}  // namespace tidegate::config
