#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <thread>

#include "gateway/base/after_timer.hpp"
#include "gateway/base/executor.hpp"

namespace tidegate {

/// A reactor on a thread of its own.
class Reactor {
 public:
  Reactor() : thread_([this] { context_.run(); }) {}
  ~Reactor() {
    context_.stop();
    thread_.join();
  }
  Executor executor() {
    return [this](std::function<void()> act) { boost::asio::post(context_, std::move(act)); };
  }
  AfterTimer timer() {
    return [this](std::chrono::milliseconds delay, std::function<void()> act) {
      auto timer = std::make_shared<boost::asio::steady_timer>(context_, delay);
      timer->async_wait([timer, act = std::move(act)](const boost::system::error_code& error) {
        if (!error) act();
      });
    };
  }
  /// Runs `act` on the reactor and returns what it returns.
  template <class Act>
  auto on(Act act) {
    std::packaged_task<decltype(act())()> task(std::move(act));
    auto result = task.get_future();
    boost::asio::post(context_, [&task] { task(); });
    return result.get();
  }

 private:
  boost::asio::io_context context_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard_{context_.get_executor()};
  std::thread thread_;
};

/// Until `condition` holds, for 20 s at most; the one place that waits.
inline bool wait_until(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

}  // namespace tidegate
