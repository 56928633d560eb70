#include "gateway/programs/tidegated/service_manager.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>

namespace tidegate::tidegated {

namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

}  // namespace

ServiceManager::ServiceManager(std::string socket, std::chrono::microseconds watchdog)
    : socket_(std::move(socket)), watchdog_(watchdog) {
  // sd_notify(3) knows other address families; a manager on the same machine uses none of them.
  const bool is_local = socket_.size() > 1 && (socket_[0] == '/' || socket_[0] == '@');
  if (!is_local || socket_.size() >= sizeof(sockaddr_un::sun_path)) socket_.clear();
  if (socket_.empty() || watchdog_.count() < 0) watchdog_ = {};
}

ServiceManager ServiceManager::from_environment() {
  const std::string watched = environment("WATCHDOG_PID");
  const bool for_us = watched.empty() || watched == std::to_string(::getpid());
  const long long watchdog_us = for_us ? std::atoll(environment("WATCHDOG_USEC").c_str()) : 0;
  return {environment("NOTIFY_SOCKET"), std::chrono::microseconds(watchdog_us)};
}

void ServiceManager::ready(std::string_view status) const { send("READY=1\nSTATUS=" + std::string(status)); }

void ServiceManager::stopping() const { send("STOPPING=1\nSTATUS=making everything durable"); }

void ServiceManager::alive() const { send("WATCHDOG=1"); }

void ServiceManager::send(std::string_view state) const {
  if (socket_.empty()) return;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::copy(socket_.begin(), socket_.end(), address.sun_path);
  if (address.sun_path[0] == '@') address.sun_path[0] = '\0';  // unix(7): the abstract namespace
  const int descriptor = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return;
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size());
  // The reactor must not wait for a manager that does not read.
  (void)::sendto(descriptor, state.data(), state.size(), MSG_DONTWAIT | MSG_NOSIGNAL,
                 reinterpret_cast<const sockaddr*>(&address), size);
  ::close(descriptor);
}

}  // namespace tidegate::tidegated
