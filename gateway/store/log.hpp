#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "gateway/base/disk.hpp"
#include "gateway/base/event_log.hpp"
#include "gateway/base/ids.hpp"
#include "gateway/base/metrics.hpp"
#include "gateway/base/random.hpp"
#include "gateway/store/compression.hpp"
#include "gateway/store/format_version.hpp"
#include "gateway/store/message.hpp"

namespace tidegate::store {

/// What happens to a stream that is at its quota.
enum class WhenFull { kDropOldest, kRefuse };

struct StreamOptions {
  std::string name;
  /// Of records as stored; 0: none of its own. The sum of all quotas is to be at most pool_bytes - 4 * slot_bytes.
  std::uint64_t quota_bytes = 0;
  WhenFull when_full = WhenFull::kDropOldest;
  std::vector<std::string> upstreams;  ///< Names; a record is given up when all of them have confirmed it.
  /// Records that are owed for longer are to be dropped, which an AgeLimit does; 0: never.
  std::chrono::milliseconds max_age{0};
  /// Records stay readable for this long after they came, delivered or not, as long as there is room: the pool grows
  /// before they go, and they go before anything that is owed. A Keeper says when it is over; 0: no longer than owed.
  std::chrono::milliseconds keep{0};
};

struct LogOptions {
  std::string directory;         ///< Created if missing (its parent must exist).
  std::string board_id;          ///< Identity of the board; another one than stored is reported.
  std::uint64_t pool_bytes = 0;  ///< Of slots; the pool grows to this, slot by slot. The manifests come on top.
  std::uint32_t slot_bytes = 4 << 20;
  std::uint32_t frame_alignment = 4096;          ///< Also the flash page that a power cut may destroy; a power of two.
  Compression compression = Compression::kNone;  ///< Of frames, where it saves a frame_alignment or more.
  std::uint16_t format = kNewestFormat;          ///< Of a pool that is made. One that is there keeps its own.
  std::vector<StreamOptions> streams;
};

/// A stretch of one incarnation: offsets from `first` up to the next stretch's first. Each open() begins one.
struct IncarnationRange {
  Incarnation incarnation;
  Offset first;
};

/// How far an upstream has confirmed a lane of a stream. A record at or after `position` (and before `end`) is owed.
struct Cursor {
  StreamIndex stream;
  std::string upstream;
  Lane lane;
  Offset position;
  Offset end = kOpenEnd;
};

/// A range that will never be read, and why.
struct Skip {
  Offset from;
  Offset to;  ///< Exclusive.
  SkipReason reason;
};

/// Records of one stream, encoded one after another by RecordWriter (format.hpp).
struct Section {
  StreamIndex stream;
  Offset first;
  std::uint32_t count = 0;
  Buffer records;
  Incarnation written_as{};  ///< Only of what was read: its name then. The stream's incarnations have the last word.
};

/// Records of a stream that are too old: everything before `to`, delivered or not.
struct Drop {
  StreamIndex stream;
  Offset to;
};

/// What is delivered and before `from` need not be kept any longer.
struct KeptFrom {
  StreamIndex stream;
  Offset from;
};

/// What one commit makes durable, all or nothing.
struct CommitBatch {
  std::vector<Section> sections;  ///< At most one a stream; `first` continues the stream.
  std::vector<Cursor> cursors;
  std::vector<Drop> drops = {};     ///< At most one a stream, at most up to its next offset.
  std::vector<KeptFrom> kept = {};  ///< Not made durable: a start keeps everything again.
};

/// Where the log stands for one stream. A copy.
struct StreamState {
  Offset first;  ///< Oldest offset that can still be read or is named by a Skip.
  Offset owed;   ///< Oldest offset that an upstream still waits for and no policy has dropped.
  Offset next;   ///< One past the newest durable offset.
  std::uint64_t live_bytes = 0;
  std::vector<IncarnationRange> incarnations;
  std::vector<Cursor> cursors;
};

/// Where a reader goes on; opaque, and only a hint: an empty or outdated one is found anew.
struct ReadHint {
  std::uint32_t slot = UINT32_MAX;
  std::uint64_t salt = 0;
  std::uint32_t position = 0;
};

/// Encoded records of one stream, read back and checked. `first + count` may be less than asked for.
struct ReadResult {
  std::vector<Section> sections;  ///< In order of offset, without overlap.
  std::vector<Skip> skips;  ///< In order of offset; sections and skips together cover [from, next) without a hole.
  Offset next;              ///< Where to read on.
  ReadHint hint;
};

/// Everything the store keeps on disk, without threads: one pool file of slots written in a circle, two alternating
/// manifests that name the slots, frames that are aligned, padded, self-contained and checked. FORMAT.md has the bytes.
///
/// Threads: commit(), begin_incarnation() and close() from one thread at a time; read() and state() may run beside them
/// from any thread. Errors: after a failed commit nothing of its batch is durable or was promised; the same batch may
/// be committed again (it goes elsewhere, under the same offsets). Durability: ok from commit() means fdatasync
/// returned 0.
class Log {
 public:
  /// Opens the log in `directory`, or creates it. Reads a fixed number of times whatever it holds; cuts a torn tail. A
  /// disk that takes no writes is no reason to fail: what is there can be read, and settle() says why nothing is taken.
  static Result<std::unique_ptr<Log>> open(LogOptions options, Disk& disk, Random& random, EventLog& events,
                                           Metrics& metrics);
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  /// Makes sure what open() found, unless that has worked before: open() itself tries it, and each commit() first.
  /// Until then nothing is taken. kReadOnly: the log could be opened for reading alone, which only another open() can
  /// mend.
  Result<void> settle();

  /// Writes one frame and flushes once, whatever the number of streams. May first evict (drop-oldest streams over their
  /// quota, and what the batch drops), recycle slots behind durable cursors, copy forward what the oldest slot still
  /// owes, or grow the pool. kNoSpace: nothing may be evicted; try again when a cursor has moved. kIo, kReadOnly: see
  /// File.
  Result<void> commit(const CommitBatch& batch);

  /// Records of `stream` from `from` on, durable ones only, at most about `max_bytes` (at least one record).
  /// An offset below the stream's first yields a Skip up to it. At the end: an empty result with next == from.
  Result<ReadResult> read(StreamIndex stream, Offset from, std::size_t max_bytes, ReadHint hint) const;

  [[nodiscard]] StreamState state(StreamIndex stream) const;

  /// What open() found and the owner should do something about, a sentence each. Any thread.
  [[nodiscard]] const std::vector<std::string>& notices() const;

  /// Whether `bytes` more records of a kRefuse stream fit under its quota and into the pool.
  [[nodiscard]] bool has_room(StreamIndex stream, std::uint64_t bytes) const;

  /// Records from `from` on, at most the stream's next offset, belong to a new incarnation, durably before this
  /// returns.
  Result<Incarnation> begin_incarnation(StreamIndex stream, Offset from);

  /// The disk let the pool be read, or be missing, but not written, when it was opened: another open() is wanted once
  /// it does.
  [[nodiscard]] bool is_read_only() const;

  /// Saves the manifest, so that the next open() reads no tail. Called once, last.
  Result<void> close();

  /// Largest encoded frame: a batch over it is the caller's bug.
  static constexpr std::size_t kMaxFrameBytes = 1 << 20;

 private:
  class Impl;
  explicit Log(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace tidegate::store
