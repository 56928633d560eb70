#pragma once

#include <deque>
#include <span>
#include <vector>

#include "gateway/sessions/state_record.hpp"
#include "gateway/store/message.hpp"

namespace tidegate::sessions {

/// What becomes durable in one frame: messages for their streams, and what the sessions have to note beside them.
/// Messages are views that live until the group is appended; records are encoded at once.
class Group {
 public:
  Group(StreamIndex state, const Timestamp& now) : state_(state), now_(now) {}

  void add(StreamIndex stream, const store::Message& message) { entries_.push_back({stream, message}); }
  void add(const StateRecord& record);

  [[nodiscard]] bool empty() const { return entries_.empty(); }
  [[nodiscard]] std::span<const store::Entry> entries() const { return entries_; }
  /// Bytes and number of the state records in it, about.
  [[nodiscard]] std::size_t state_bytes() const { return state_bytes_; }
  [[nodiscard]] std::size_t state_records() const { return payloads_.size(); }

 private:
  StreamIndex state_;
  Timestamp now_;
  std::vector<store::Entry> entries_;
  std::deque<Buffer> payloads_;  // of the state records; they stay where they are
  std::size_t state_bytes_ = 0;
};

}  // namespace tidegate::sessions
