#include "gateway/north/kafka/window.hpp"

#include <utility>

namespace tidegate::north {

Window::Ticket Window::add(Entry entry) {
  bytes_ += entry.bytes;
  if (!entry.done) ++open_;
  entries_.push_back(std::move(entry));
  return first_ + entries_.size() - 1;
}

const Window::Entry* Window::find(Ticket ticket) const {
  const Ticket place = ticket - first_;
  return place < entries_.size() ? &entries_[place] : nullptr;
}

void Window::confirm(Ticket ticket) {
  const Ticket place = ticket - first_;
  if (place < entries_.size()) finish(entries_[place]);
}

void Window::take_back() {
  bytes_ -= entries_.back().bytes;
  if (!entries_.back().done) --open_;
  entries_.pop_back();
}

bool Window::confirm(const LaneId& lane, Offset from, Offset to) {
  bool found = false;
  for (Entry& entry : entries_) {
    if (entry.lane != lane || entry.from < from || to < entry.to) continue;
    finish(entry);
    found = true;
  }
  return found;
}

std::map<LaneId, Offset> Window::settle() {
  std::map<LaneId, Offset> moved;
  while (!entries_.empty() && entries_.front().done) {
    moved.insert_or_assign(std::move(entries_.front().lane), entries_.front().to);
    bytes_ -= entries_.front().bytes;
    entries_.pop_front();
    ++first_;
  }
  return moved;
}

void Window::clear() {
  first_ += entries_.size();
  entries_.clear();
  bytes_ = open_ = 0;
}

void Window::finish(Entry& entry) {
  if (std::exchange(entry.done, true)) return;
  --open_;
}

}  // namespace tidegate::north
