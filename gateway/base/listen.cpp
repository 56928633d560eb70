#include "gateway/base/listen.hpp"

#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "gateway/base/port_holder.hpp"

namespace tidegate {
namespace {

constexpr std::uint16_t kFirstFreePort = 1024;  // ip(7), ip_unprivileged_port_start

/// 0, or errno of what failed.
int listen_once(const addrinfo& where) {
  const int socket = ::socket(where.ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket < 0) return errno;
  const int on = 1;
  (void)setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  const bool listens = ::bind(socket, where.ai_addr, where.ai_addrlen) == 0 && ::listen(socket, 1) == 0;
  const int error = listens ? 0 : errno;
  (void)::close(socket);
  return error;
}

}  // namespace

Error cannot_listen(const HostPort& listen, std::string_view setting, int error) {
  const std::string set = "set " + std::string(setting) + " to ";
  std::string why = std::strerror(error) + std::string("; ") + set + "another address";
  if (error == EADDRINUSE) {
    why = who_listens(listen.port) + " holds the port; stop it or " + set + "another port";
  } else if (error == EADDRNOTAVAIL) {
    why = "no interface of this machine has the address now; " + set + "one that `ip address` shows, or to 0.0.0.0";
  } else if (error == EACCES && listen.port < kFirstFreePort) {
    why = "a port below 1024 needs CAP_NET_BIND_SERVICE, which this process does not have; " + set + "a higher port";
  }
  return {ErrorKind::kUnavailable, "cannot listen on " + to_string(listen) + ": " + why};
}

Result<void> try_to_listen(const HostPort& listen, std::string_view setting) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* addresses = nullptr;
  const int failure = getaddrinfo(listen.host.c_str(), std::to_string(listen.port).c_str(), &hints, &addresses);
  if (failure != 0)
    return Error{ErrorKind::kUnavailable, "cannot listen on " + to_string(listen) + ": " + gai_strerror(failure)};
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owned(addresses, freeaddrinfo);
  int error = 0;
  for (const addrinfo* one = addresses; one != nullptr; one = one->ai_next) {
    error = listen_once(*one);
    if (error == 0) return {};
  }
  return cannot_listen(listen, setting, error);
}

}  // namespace tidegate
