#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace tidegate::tidegated {

/// Tells the service manager how the daemon is, by datagrams to $NOTIFY_SOCKET: sd_notify(3). The protocol is stable by
/// promise and the page has a self-contained example, so that no daemon need link libsystemd and what comes with it.
/// Does nothing if nobody asked to be told. What cannot be sent is lost: the manager's deadlines are the remedy.
/// One thread.
class ServiceManager {
 public:
  /// `socket`: a path, or "@name" in the abstract namespace; empty: nobody listens.
  /// `watchdog`: the daemon counts as hung if alive() is not called within this; zero: it is not watched.
  ServiceManager(std::string socket, std::chrono::microseconds watchdog);

  /// What the manager left in the environment for this process (sd_watchdog_enabled(3)).
  static ServiceManager from_environment();

  /// Listeners are open. `status` is one line for `systemctl status`.
  void ready(std::string_view status) const;
  void stopping() const;
  /// Call every watchdog() / 2.
  void alive() const;

  [[nodiscard]] std::chrono::microseconds watchdog() const { return watchdog_; }

 private:
  void send(std::string_view state) const;

  std::string socket_;
  std::chrono::microseconds watchdog_;
};

}  // namespace tidegate::tidegated
