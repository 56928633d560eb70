#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/address.hpp"

namespace tidegate {

/// Who listens on a TCP port of this machine, such as "mosquitto (pid 77)", from /proc. "a process of another user" if
/// its file descriptors may not be read, "another process" if nobody is found (it may just have ended).
std::string who_listens(std::uint16_t port);

/// The words for a listener that finds its port taken: "cannot listen on 127.0.0.1:1883: mosquitto (pid 77) holds the
/// port; stop it or set mqtt.listen to another port".
std::string port_taken(const HostPort& listen, std::string_view setting);

/// Inodes of the sockets that listen on `port`, from the text of /proc/net/tcp or /proc/net/tcp6 (proc(5)).
std::vector<std::uint64_t> listening_inodes(std::string_view table, std::uint16_t port);

}  // namespace tidegate
