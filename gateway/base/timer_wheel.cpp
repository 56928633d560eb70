#include "gateway/base/timer_wheel.hpp"

#include <algorithm>

#include "gateway/base/assert.hpp"

namespace tidegate {

void TimerWheel::Node::unlink() {
  if (next_ == nullptr) return;
  next_->previous_ = previous_;
  previous_->next_ = next_;
  next_ = previous_ = nullptr;
}

TimerWheel::TimerWheel(std::chrono::microseconds tick, std::size_t slots, Monotonic now)
    : tick_(tick), slots_(slots), now_(now) {
  for (Node& head : slots_) head.next_ = head.previous_ = &head;
}

TimerWheel::~TimerWheel() {
  for (Node& head : slots_) {
    TIDEGATE_ASSERT(head.next_ == &head, "a timer wheel is destroyed while deadlines are scheduled");
    head.next_ = head.previous_ = nullptr;
  }
}

std::size_t TimerWheel::slot_of(Monotonic deadline) const {
  return static_cast<std::size_t>(deadline / tick_) % slots_.size();
}

void TimerWheel::schedule(Node& node, Monotonic deadline, void* owner) {
  node.unlink();
  node.deadline_ = std::max(deadline, now_ + tick_);  // never into a slot that advance() has passed
  node.owner_ = owner;
  Node& head = slots_[slot_of(node.deadline_)];
  node.previous_ = head.previous_;
  node.next_ = &head;
  head.previous_->next_ = &node;
  head.previous_ = &node;
}

void TimerWheel::advance(Monotonic now, const std::function<void(void*)>& expired) {
  const auto ticks = static_cast<std::size_t>(std::max<std::int64_t>(0, now / tick_ - now_ / tick_));
  const std::size_t first = slot_of(now_);
  now_ = std::max(now_, now);
  for (std::size_t i = 0; i <= std::min(ticks, slots_.size() - 1); ++i) {
    Node& head = slots_[(first + i) % slots_.size()];
    // What expired() does may relink any node: take due ones off one at a time, from the front of a detached list.
    Node due;
    due.next_ = due.previous_ = &due;
    for (Node* node = head.next_; node != &head;) {
      Node* next = node->next_;
      if (node->deadline_ <= now) {
        node->unlink();
        node->previous_ = due.previous_;
        node->next_ = &due;
        due.previous_->next_ = node;
        due.previous_ = node;
      }
      node = next;
    }
    while (due.next_ != &due) {
      Node* node = due.next_;
      node->unlink();
      expired(node->owner_);
    }
    due.next_ = due.previous_ = nullptr;
  }
}

}  // namespace tidegate
