#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/bytes.hpp"
#include "gateway/base/clock.hpp"
#include "gateway/base/result.hpp"
#include "gateway/programs/collector/message.hpp"
#include "gateway/programs/collector/sqlite.hpp"

namespace tidegate::collector {

/// What a position is counted in; the incarnation as 16 bytes.
struct LaneKey {
  std::string gateway;
  std::string stream;
  std::string incarnation;
  std::uint32_t lane = 0;
};

/// Messages with consecutive offsets from `first` on, all of one boot.
struct MessageRun {
  std::uint64_t first = 0;
  Bytes boot_id;
  std::span<const Message> messages;
};

/// Offsets that will not come.
struct SkipRange {
  std::uint64_t from = 0;
  std::uint64_t to = 0;
  std::uint32_t reason = 0;  ///< v1.SkipReason.
  std::string words;         ///< Why, if somebody said so.
};

/// What wall time a moment of a boot of a gateway really had.
struct BootAnchor {
  Bytes boot_id;
  std::int64_t monotonic_us = 0;
  std::int64_t wall_us = 0;
};

/// What became of a run or a skip.
struct Outcome {
  std::uint64_t next = 0;  ///< The lane's position now: everything before is durable here, or named by a Skip that is.
  bool gap = false;        ///< Nothing was taken, because offsets from `next` on are missing.
  std::uint64_t stored = 0;
  std::uint64_t redelivered = 0;  ///< Were here already.
};

/// How far a lane is.
struct LanePosition {
  std::string stream;
  std::string incarnation;
  std::uint32_t lane = 0;
  std::uint64_t next = 0;
};

struct GatewaySummary {
  std::string id;
  std::string software;
  std::int64_t first_seen_us = 0;
  std::int64_t last_seen_us = 0;
};

/// One lane as `list` shows it.
struct LaneSummary {
  LaneKey key;
  std::uint64_t base = 0;  ///< The first offset that ever came.
  std::uint64_t next = 0;
  std::uint64_t records = 0;  ///< Of the incarnation, whatever the lane.
  std::uint64_t redelivered = 0;
  std::vector<SkipRange> skips;
};

struct ExportFilter {
  std::optional<std::string> stream;
  std::optional<std::string> topic;
};

/// What the collector holds, in one SQLite file (WAL, synchronous=FULL).
///
/// Durability: what store(), skip() and anchor() report as taken is on stable storage when they return. Identity: the
/// primary key is (gateway, stream, incarnation, offset), so nothing is in it twice whatever was sent. Errors:
/// kNoSpace, kReadOnly, kIo, kUnavailable: nothing was taken, the same call may succeed later. Threads: any; one writer
/// at a time.
class Database {
 public:
  /// Creates the file and its tables where they are missing.
  static Result<std::unique_ptr<Database>> open(const std::string& path, const Clock& clock);
  /// For looking at it, beside a collector that runs. kNotFound if there is none.
  static Result<std::unique_ptr<Database>> open_to_read(const std::string& path);

  Result<void> greet(const std::string& gateway, const std::string& software);
  Result<std::vector<LanePosition>> positions(const std::string& gateway);

  /// Stores what of the run is at or above the lane's position. A lane that is unknown begins with this run. What this
  /// incarnation has already (from another lane) is counted as redelivered.
  Result<Outcome> store(const LaneKey& lane, const MessageRun& run);
  /// Notes that a range will not come and moves the position over it. Below the position it changes nothing.
  Result<Outcome> skip(const LaneKey& lane, const SkipRange& range);

  /// Notes what corrects this gateway's messages of that boot; the last one of a boot counts. One that is known already
  /// costs no write.
  Result<void> anchor(const std::string& gateway, const BootAnchor& anchor);

  Result<std::vector<GatewaySummary>> gateways();
  Result<std::vector<LaneSummary>> lanes();
  /// Whether any gateway has a stream of this name.
  Result<bool> has_stream(const std::string& stream);
  /// Messages held, of one stream (of every gateway) or of all.
  Result<std::uint64_t> count(const std::optional<std::string>& stream);
  /// In order of (gateway, stream, incarnation as first seen, offset). Wall times as they came if their clock was
  /// synchronised; others are computed from the anchor of their boot, and are v1.TIME_CORRECTED, where there is one.
  Result<void> each_message(const ExportFilter& filter, const std::function<void(const StoredMessage&)>& use);

 private:
  struct LaneRow {
    std::int64_t stretch = 0;
    std::uint64_t next = 0;
  };

  Database(Sqlite sqlite, const Clock* clock) : sqlite_(std::move(sqlite)), clock_(clock) {}
  Result<LaneRow> lane_row(const LaneKey& lane, std::uint64_t first);
  Result<std::int64_t> boot_row(Bytes boot_id);
  Result<bool> has_anchor(const std::string& gateway, const BootAnchor& anchor);
  Result<Outcome> insert(const LaneRow& row, const MessageRun& run, std::uint64_t from);
  Result<void> move(const LaneKey& lane, const LaneRow& row, const Outcome& outcome);
  Result<std::vector<SkipRange>> skips_of(std::int64_t stretch, std::uint32_t lane);
  [[nodiscard]] std::int64_t now_us() const { return clock_->wall().count(); }

  std::mutex mutex_;
  Sqlite sqlite_;
  const Clock* clock_;  // null where nothing is written
};

}  // namespace tidegate::collector
