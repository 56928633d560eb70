#pragma once

#include <boost/asio/thread_pool.hpp>
#include <functional>
#include <string>

#include "gateway/base/bytes.hpp"
#include "gateway/base/executor.hpp"
#include "gateway/south/users/users.hpp"

namespace tidegate::south {

/// Decides who may connect. Hashing a password takes milliseconds, so it runs on a thread of its own.
class Doorman {
 public:
  /// `users`: nullptr lets everybody in; outlives the doorman.
  Doorman(const Users* users, Executor reactor) : users_(users), reactor_(std::move(reactor)) {}
  ~Doorman() { close(); }

  [[nodiscard]] bool open_to_all() const { return users_ == nullptr; }
  /// Answers on the reactor, never inside the call.
  void ask(std::string user, Buffer password, std::function<void(bool)> answer);
  /// Waits for the hash that is running; questions that have not begun are dropped.
  void close();

 private:
  const Users* users_;
  const Executor reactor_;
  boost::asio::thread_pool pool_{1};
};

}  // namespace tidegate::south
