#pragma once

#include "gateway/base/assert.hpp"

namespace tidegate::ingest {

/// Somebody who waits for something and is told once. A link in one list at a time; unlinks itself when destroyed.
class Waiter {
 public:
  Waiter() = default;
  virtual ~Waiter() { unlink(); }
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;

  virtual void wake() = 0;
  [[nodiscard]] bool waiting() const { return next_ != nullptr; }

 private:
  friend class WaitList;
  void unlink() {
    if (next_ == nullptr) return;
    next_->previous_ = previous_;
    previous_->next_ = next_;
    next_ = previous_ = nullptr;
  }

  Waiter* next_ = nullptr;
  Waiter* previous_ = nullptr;
};

/// A waiter that calls a function of its owner, which outlives it.
template <class Owner>
class WakeCall final : public Waiter {
 public:
  WakeCall(Owner& owner, void (Owner::*act)()) : owner_(owner), act_(act) {}
  void wake() override { (owner_.*act_)(); }

 private:
  Owner& owner_;
  void (Owner::*act_)();
};

/// Who waits, in order of joining. Allocates nothing. Not thread-safe.
class WaitList {
 public:
  WaitList() { head_.next_ = head_.previous_ = &head_; }

  void join(Waiter& waiter) {
    if (waiter.waiting()) return;
    waiter.previous_ = head_.previous_;
    waiter.next_ = &head_;
    head_.previous_->next_ = &waiter;
    head_.previous_ = &waiter;
  }

  /// Wakes everybody who waits now; who joins again during the call waits for the next one. Not from within wake().
  void wake_all() {
    TIDEGATE_ASSERT(!last_.waiting(), "a waiter woke the list that it is woken from");
    join(last_);
    while (head_.next_ != &last_) {
      Waiter* waiter = head_.next_;
      waiter->unlink();
      waiter->wake();
    }
    last_.unlink();
  }

 private:
  class Mark final : public Waiter {
    void wake() override {}
  };
  Mark head_;
  Mark last_;  // of those that one wake_all() wakes
};

}  // namespace tidegate::ingest
