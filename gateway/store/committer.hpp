#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <tuple>

#include "gateway/store/commit_queue.hpp"
#include "gateway/store/recent.hpp"

namespace tidegate::store {

struct CommitterOptions {
  BootId boot;
  std::uint64_t cache_bytes = 0;
  std::uint64_t pending_bytes = 0;
  std::chrono::milliseconds commit_pause{};
  std::uint64_t commit_bytes = 0;
  std::chrono::milliseconds cursor_delay{};
  std::uint64_t cursor_records = 0;
};

/// The disk thread: commits what was appended, one frame and one flush at a time. While a flush runs, what arrives
/// gathers in the queue and shares the next one: that is group commit. A commit begins commit_pause after the one
/// before at the earliest, so that a trickle shares flushes too, unless commit_bytes are waiting; the first after a
/// pause is not held back.
///
/// A commit that fails is tried again, elsewhere on the disk, with a growing pause; until then nothing in it counts as
/// durable, and append() goes on until pending_bytes are waiting.
///
/// Threads: every call from the reactor; `committed` is called on the disk thread, after a commit and when the disk's
/// trouble begins or ends.
class Committer {
 public:
  Committer(CommitterOptions options, const std::vector<StreamOptions>& streams, Log& log, const Clock& clock,
            EventLog& events, std::function<void()> committed);
  ~Committer();

  Result<Ticket> append(std::span<const Entry> group, std::chrono::microseconds within);
  [[nodiscard]] bool has_room(StreamIndex stream, std::uint64_t bytes) const;
  [[nodiscard]] std::uint64_t pending_room() const;
  void submit();
  [[nodiscard]] Ticket durable() const { return {durable_.load(std::memory_order_acquire)}; }
  [[nodiscard]] Offset durable_end(StreamIndex stream) const;
  [[nodiscard]] std::vector<Recent::Run> recent(StreamIndex stream, Offset from, std::size_t max_bytes) const;
  void advance(const Cursor& cursor);
  void drop(const Drop& drop);
  void keep(const KeptFrom& kept);
  Result<Incarnation> begin_incarnation(StreamIndex stream, Offset from);
  [[nodiscard]] std::string trouble() const;
  /// How long the commit that runs now has been in the disk; zero if none does.
  [[nodiscard]] std::chrono::microseconds in_disk() const;
  /// Commits everything that waits, then ends the thread. The log can be closed after it.
  Result<void> stop();

 private:
  using CursorKey = std::tuple<StreamIndex, std::string, Lane>;
  struct MovedCursor {
    Cursor cursor;
    Offset first;  // where it went first after it was saved last
  };
  struct Work {
    std::optional<CommitQueue::Part> part;
    CommitBatch batch;
  };

  void run();
  [[nodiscard]] bool is_refused(std::span<const Entry> group) const;
  std::optional<Work> wait_for_work();
  [[nodiscard]] std::optional<Monotonic> next_due() const;
  Work take_work();
  bool commit_until_durable(Work& work);
  Result<void> write(CommitBatch& batch);
  void save_within(std::chrono::milliseconds delay);
  void absorb_cursors(CommitBatch& batch);
  bool settle();
  bool rest(const Error& error, std::chrono::milliseconds pause);
  void end_trouble();
  void remember(Work& work);

  const CommitterOptions options_;
  const std::vector<StreamOptions>& streams_;
  Log& log_;
  const Clock& clock_;
  EventLog& events_;
  const std::function<void()> committed_;

  std::mutex log_mutex_;  // one writer of the log: the disk thread, or begin_incarnation
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  CommitQueue queue_;
  Recent recent_;
  std::vector<Offset> durable_ends_;
  std::map<CursorKey, MovedCursor> moved_cursors_;
  std::map<StreamIndex, Offset> drops_;
  std::map<StreamIndex, Offset> kept_;
  std::optional<Monotonic> cursors_due_;       // and drops
  Monotonic commit_began_ = Monotonic::min();  // the newest commit
  Monotonic sleeping_until_{};  // what the disk thread waits for; submit() wakes it only for something earlier
  std::string trouble_;
  bool stopping_ = false;
  Result<void> outcome_;
  std::atomic<std::uint64_t> durable_{0};
  std::atomic<std::int64_t> in_disk_since_us_{-1};  // Clock::monotonic() when the commit that runs began; -1: none runs
  std::thread thread_;
};

}  // namespace tidegate::store
