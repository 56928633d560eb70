#pragma once

#include <cstdint>
#include <deque>
#include <map>

#include "gateway/north/upstream.hpp"

namespace tidegate::north {

/// Everything sent and not yet confirmed, in the order in which it was sent; confirmations come in any order, and count
/// once everything before is confirmed too. Reactor only.
class Window {
 public:
  /// Names what was sent; it travels through librdkafka as the opaque pointer of a message, and may wrap.
  using Ticket = std::uintptr_t;
  struct Entry {
    LaneId lane;
    Offset from;
    Offset to;
    std::size_t bytes = 0;
    bool done = false;
  };

  Ticket add(Entry entry);
  /// Nothing if it is no longer there.
  [[nodiscard]] const Entry* find(Ticket ticket) const;
  void confirm(Ticket ticket);
  /// The last one was not sent after all.
  void take_back();
  /// The range is accounted for elsewhere. False: it is not under way.
  bool confirm(const LaneId& lane, Offset from, Offset to);

  /// What is confirmed without a gap since the last call: where each lane stands now.
  std::map<LaneId, Offset> settle();

  void clear();
  [[nodiscard]] std::size_t size() const { return entries_.size(); }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  /// Entries that are not confirmed.
  [[nodiscard]] std::size_t open() const { return open_; }

 private:
  void finish(Entry& entry);

  std::deque<Entry> entries_;
  Ticket first_ = 1;
  std::size_t bytes_ = 0;
  std::size_t open_ = 0;
};

}  // namespace tidegate::north
