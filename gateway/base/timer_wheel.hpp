#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <vector>

#include "gateway/base/clock.hpp"

namespace tidegate {

/// One timer for many deadlines (Varghese and Lauck, "Hashed and Hierarchical Timing Wheels", 1987): a node is embedded
/// in what it times, so that scheduling allocates nothing. Deadlines are met within one tick, never early.
///
/// Not thread-safe. A Node must be unlinked, by expiry, cancel() or its destructor, before its wheel is destroyed.
class TimerWheel {
 public:
  /// A deadline that can be in one wheel at a time. Unlinks itself when destroyed.
  class Node {
   public:
    Node() = default;
    ~Node() { unlink(); }
    Node(const Node&) = delete;
    Node& operator=(const Node&) = delete;
    [[nodiscard]] bool scheduled() const { return next_ != nullptr; }

   private:
    friend class TimerWheel;
    void unlink();
    Node* next_ = nullptr;
    Node* previous_ = nullptr;
    Monotonic deadline_{};
    void* owner_ = nullptr;
  };

  TimerWheel(std::chrono::microseconds tick, std::size_t slots, Monotonic now);
  ~TimerWheel();
  TimerWheel(const TimerWheel&) = delete;
  TimerWheel& operator=(const TimerWheel&) = delete;

  /// (Re)schedules `node`; `owner` is handed to the function of advance().
  void schedule(Node& node, Monotonic deadline, void* owner);
  static void cancel(Node& node) { node.unlink(); }

  /// Unlinks each node whose deadline has passed and calls `expired(owner)`; it may schedule and cancel any node.
  void advance(Monotonic now, const std::function<void(void*)>& expired);

  [[nodiscard]] std::chrono::microseconds tick() const { return tick_; }

 private:
  [[nodiscard]] std::size_t slot_of(Monotonic deadline) const;

  std::chrono::microseconds tick_;
  std::vector<Node> slots_;  // heads of circular lists
  Monotonic now_;
};

}  // namespace tidegate
