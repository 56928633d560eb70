#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tidegate {

/// Who listens on a TCP port of this machine, from /proc: "mosquitto (pid 77)"; where the process cannot be seen (it is
/// another user's, or hidden by a sandbox) its user; "another process" if nobody is found (it may just have ended).
std::string who_listens(std::uint16_t port);

/// A process of which only the user is known: "a process of user mosquitto (uid 105)". An empty `user` has no name. A
/// user that this user namespace does not know is "another user".
std::string unseen_holder(std::uint32_t uid, std::string_view user);

/// A socket that listens.
struct Listener {
  std::uint64_t inode = 0;
  std::uint32_t uid = 0;
  bool operator==(const Listener&) const = default;
};

/// The sockets that listen on `port`, from the text of /proc/net/tcp or /proc/net/tcp6 (proc(5)).
std::vector<Listener> listeners_on(std::string_view table, std::uint16_t port);

}  // namespace tidegate
