#pragma once

#include <deque>
#include <optional>
#include <span>
#include <vector>

#include "gateway/base/clock.hpp"
#include "gateway/store/format.hpp"
#include "gateway/store/log.hpp"
#include "gateway/store/ticket.hpp"

namespace tidegate::store {

/// What is appended and not yet durable, cut into parts of at most one frame. Offsets are given here, in order of
/// append(). Not thread-safe: the store's mutex guards it.
class CommitQueue {
 public:
  /// Of encoded records in one part: a frame less room for headers and for the cursors and skips that ride along.
  static constexpr std::size_t kPartBytes = Log::kMaxFrameBytes - (64 << 10);

  static constexpr std::size_t kOwedBytes = 32;

  /// One frame's worth, in order of receipt within each stream.
  struct Part {
    std::vector<RecordWriter> runs;  ///< One a stream, by StreamIndex; most are empty.
    std::vector<Offset> firsts;
    std::vector<std::size_t> stream_bytes;  ///< What each stream's messages count as waiting.
    Ticket last;
    std::size_t bytes = 0;
    std::size_t charged = 0;
    Monotonic due{};  ///< The earliest deadline of what is inside.
  };

  CommitQueue(BootId boot, std::vector<Offset> next) : boot_(boot), next_(std::move(next)) {}

  /// Encodes a copy of each; all of them go into one part, so into one frame. Together at most kPartBytes by
  /// encoded_bound(). `due`: when they must be flushed at the latest.
  Ticket append(std::span<const Entry> group, Monotonic due);

  [[nodiscard]] bool empty() const { return parts_.empty(); }
  /// When the disk thread must act: at once if a whole frame waits.
  [[nodiscard]] std::optional<Monotonic> due() const;
  /// Takes the oldest part out; its bytes count as waiting until done() is told.
  std::optional<Part> take();
  void done(const Part& part);

  /// Bytes appended and not yet done, of all streams and of one; what waits for each message elsewhere (a PUBACK that
  /// is owed) counts as well.
  [[nodiscard]] std::size_t waiting_bytes() const { return waiting_bytes_; }
  [[nodiscard]] std::size_t waiting_bytes(StreamIndex stream) const { return stream_bytes_[stream.value]; }

  /// An upper bound of what a message, or a group of them, takes when encoded.
  static std::size_t encoded_bound(const Message& message);
  static std::size_t encoded_bound(std::span<const Entry> group);

 private:
  Part& part_for(std::size_t bytes);
  void add(Part& part, const Entry& entry);

  BootId boot_;
  std::vector<Offset> next_;
  std::deque<Part> parts_;
  Ticket last_;
  std::size_t waiting_bytes_ = 0;
  std::vector<std::size_t> stream_bytes_ = std::vector<std::size_t>(next_.size());
};

}  // namespace tidegate::store
