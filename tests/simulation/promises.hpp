#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "gateway/store/log.hpp"

namespace tidegate::simulation {

/// What is wrong, in words; nothing if all is well.
using Violation = std::optional<std::string>;

/// What a log has promised to keep of one stream, what it was asked to keep and may have kept, and whether what it
/// shows agrees with both:
/// - acknowledged implies present, in order, once, unless every upstream's durable cursor has passed it or a
/// drop-oldest
///   policy evicted it and says so;
/// - nothing is there that nobody stored; what was not acknowledged is there wholly or not at all;
/// - what was dropped for its age is never owed or read again;
/// - a cursor is never before what was acknowledged nor beyond what was asked for;
/// - an offset keeps its incarnation for ever, and each start writes under one that no start had before.
class StreamPromises {
 public:
  StreamPromises(store::StreamOptions options, std::size_t max_payload_bytes)
      : options_(std::move(options)), max_payload_bytes_(max_payload_bytes) {}

  [[nodiscard]] const store::StreamOptions& options() const { return options_; }
  /// One past the newest offset that was acknowledged.
  [[nodiscard]] Offset next() const { return {durable_}; }
  /// The oldest offset that some upstream still waits for.
  [[nodiscard]] Offset owed() const;
  [[nodiscard]] Offset position(const std::string& upstream) const;
  /// Positions asked for and not acknowledged.
  [[nodiscard]] std::map<std::string, Offset> moved_positions() const;
  /// Up to where records are to be dropped that are too old, if that is not acknowledged.
  [[nodiscard]] std::optional<Offset> asked_drop() const;

  /// A record was appended; it is asked for with the next commit.
  void ask_record(std::uint64_t number, BootId boot) { records_.push_back({number, boot}); }
  void ask_position(const std::string& upstream, Offset position);
  void ask_drop(Offset to) { dropped_.asked = std::max(dropped_.asked, to); }

  void acknowledge_records() { durable_ = records_.size(); }
  /// A commit was ok: with it the cursors and drops, and whatever was uncertain before, are certain.
  void acknowledge_commit();
  /// A commit of drops alone was.
  void acknowledge_drop() { dropped_.durable = dropped_.asked; }
  void acknowledge_incarnation(Incarnation incarnation);

  /// Whether evicting is more than the options allow now.
  void allow_eviction(bool allowed) { eviction_allowed_ = allowed; }
  /// The disk has rotted where these records lie: they may be skipped as corrupt.
  void allow_rot(Offset from, Offset to) { rot_ = {from, to}; }

  /// After an open: takes what the log shows as promised from now on, if it may be so. `wholly` says for the last batch
  /// asked for whether the streams looked at before had it; the first stream that had a part in it sets it.
  Violation settle(const store::StreamState& state, std::optional<bool>& wholly);
  /// While the log is open.
  [[nodiscard]] Violation check_state(const store::StreamState& state) const;
  /// What was read from `from` on.
  [[nodiscard]] Violation check_read(Offset from, const store::ReadResult& result) const;

 private:
  struct Record {
    std::uint64_t number;
    BootId boot;
  };
  struct Position {
    Offset durable;
    Offset asked;
  };

  Violation settle_records(Offset next, std::optional<bool>& wholly);
  Violation settle_drop(Offset owed);
  Violation settle_positions(const std::vector<store::Cursor>& cursors);
  Violation settle_incarnations(const store::StreamState& state);
  [[nodiscard]] Violation check_section(const store::Section& section) const;
  [[nodiscard]] Violation check_skip(const store::Skip& skip) const;

  store::StreamOptions options_;
  std::size_t max_payload_bytes_;
  std::vector<Record> records_;  // by offset; from durable_ on asked for only
  std::uint64_t durable_ = 0;
  std::map<std::string, Position> positions_;
  Position dropped_;
  std::vector<store::IncarnationRange> incarnations_;
  std::set<Incarnation> incarnations_seen_;
  bool eviction_allowed_ = true;
  std::pair<Offset, Offset> rot_;
};

}  // namespace tidegate::simulation
