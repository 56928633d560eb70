#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "gateway/base/clock.hpp"
#include "gateway/base/executor.hpp"
#include "gateway/store/log.hpp"
#include "gateway/store/message.hpp"
#include "gateway/store/record_batch.hpp"
#include "gateway/store/ticket.hpp"

namespace tidegate::store {

/// When what is appended must be flushed at the latest.
enum class Urgency {
  kAtOnce,        ///< Somebody waits for an acknowledgement: with the next commit.
  kWithinSecond,  ///< QoS 0: rides in the next frame, causes at most one flush a second, is shed first.
};

struct StoreOptions {
  LogOptions log;
  std::uint64_t cache_bytes = 8 << 20;           ///< Newest records kept in memory for live routes.
  std::uint64_t pending_bytes = 16 << 20;        ///< Appended and not yet durable; beyond it append() says kNoSpace.
  std::chrono::milliseconds commit_pause{0};     ///< Between the beginnings of two commits at least; 0: at once.
  std::uint64_t commit_bytes = 16 << 10;         ///< As soon as this much waits, a commit does not keep the pause.
  std::chrono::milliseconds cursor_delay{2000};  ///< A moved cursor is saved within this even if nothing arrives.
  std::uint64_t cursor_records = 10'000;         ///< And at once when it has moved this far: a kill repeats no more.
};

/// The durable log as the rest of the gateway sees it: append, wait for the flush, read back, give up.
///
/// Threads: every call from the reactor; every callback comes on the reactor through the executor. The store's own disk
/// thread writes and flushes, its reader thread reads what is no longer in memory. Lifetime: close() before
/// destruction; no callback comes after close(). Durability: only what durable() covers is promised.
class Store {
 public:
  static Result<std::unique_ptr<Store>> open(StoreOptions options, Disk& disk, Clock& clock, Random& random,
                                             EventLog& events, Metrics& metrics, Executor reactor);
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  /// Copies `message` into the next commit; submit() must follow. kNoSpace: the stream refuses (quota, disk) or too
  /// much is pending: wait for on_room. kTooLarge: it would not fit into a frame.
  Result<Ticket> append(StreamIndex stream, const Message& message, Urgency urgency) {
    const Entry entry{stream, message};
    return append(std::span(&entry, 1), urgency);
  }
  /// The same for messages of any streams that belong together: they become durable in one frame, so that after a power
  /// cut all of them are there or none.
  Result<Ticket> append(std::span<const Entry> group, Urgency urgency);

  /// Whether so many bytes more fit into a stream that refuses.
  [[nodiscard]] bool has_room(StreamIndex stream, std::uint64_t bytes) const;
  /// Bytes that may be appended before the next commit.
  [[nodiscard]] std::uint64_t pending_room() const;

  /// Ends a series of append() calls: wakes the disk thread if one of them is due.
  void submit();

  /// Everything up to this ticket is on stable storage.
  [[nodiscard]] Ticket durable() const;

  /// Called after commits (several may share a call), and when an append() that said kNoSpace may succeed now.
  /// Set once, before the first append.
  void on_durable(std::function<void(Ticket)> listener);
  void on_room(std::function<void()> listener);

  /// Reads durable records from `from` on, about `max_bytes` of them; from memory where it can, else on the reader
  /// thread. `done` never runs inside the call.
  void read(StreamIndex stream, Offset from, std::size_t max_bytes, std::function<void(Result<RecordBatch>)> done);

  /// The same from the disk, at once: for a start, before the reactor runs. Waits for the disk. kIo: it does not
  /// answer.
  Result<RecordBatch> read_now(StreamIndex stream, Offset from, std::size_t max_bytes);

  /// `upstream` has confirmed everything before `position`. Becomes durable with the next commit, or within
  /// cursor_delay; only then may the records be recycled. Positions never move back.
  void advance(StreamIndex stream, const std::string& upstream, Lane lane, Offset position);

  /// Everything before `to` is too old: it is read no more, and counted, and named by a Skip, as soon as that is
  /// durable, like a cursor.
  void drop(StreamIndex stream, Offset to);

  /// What is delivered and before `from` need not be kept any longer (see StreamOptions::keep). Never moves back.
  void keep(StreamIndex stream, Offset from);

  /// Where an upstream stands, with what is not yet durable.
  [[nodiscard]] Offset position(StreamIndex stream, const std::string& upstream, Lane lane) const;
  /// Durable state of a stream (see StreamState).
  [[nodiscard]] StreamState state(StreamIndex stream) const;
  [[nodiscard]] const std::vector<StreamOptions>& streams() const;

  /// An upstream knows other records under the names of these: from `from` on they belong to a new incarnation.
  /// Waits for the disk (once in the life of a process that was copied while it ran), unlike every other call.
  Result<Incarnation> begin_incarnation(StreamIndex stream, Offset from);

  /// What the start found and the owner should do something about, a sentence each. For status.
  [[nodiscard]] const std::vector<std::string>& notices() const;

  /// Why the disk takes no writes now, or empty. For /readyz and status.
  [[nodiscard]] std::string trouble() const;

  /// See Log::is_read_only().
  [[nodiscard]] bool is_read_only() const;

  /// How long the commit that runs now has been in the disk; zero if none does. A card takes seconds now and then.
  [[nodiscard]] std::chrono::microseconds in_disk() const;

  /// Makes everything appended and all cursors durable, stops the threads; waits for both. On an error the log is
  /// intact up to durable(). A store that is read-only promised nothing, and closes. A second call does nothing.
  Result<void> close();

 private:
  class Impl;
  explicit Store(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace tidegate::store
