#pragma once

#include <string_view>

#include "gateway/base/address.hpp"
#include "gateway/base/result.hpp"

namespace tidegate {

/// Why nobody can listen on `listen`, and what to do, from the `error` (errno) of socket(2), bind(2) or listen(2):
/// "cannot listen on 127.0.0.1:1883: mosquitto (pid 77) holds the port; stop it or set mqtt.listen to another port".
/// `setting` is what the owner changes. kUnavailable.
Error cannot_listen(const HostPort& listen, std::string_view setting, int error);

/// Tries to listen, for a library that does not say why it could not, and closes again. The host may be a name. Waits
/// for the resolver.
Result<void> try_to_listen(const HostPort& listen, std::string_view setting);

}  // namespace tidegate
