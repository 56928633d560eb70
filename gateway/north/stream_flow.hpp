#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "gateway/base/event_log.hpp"
#include "gateway/base/metrics.hpp"
#include "gateway/base/time_anchors.hpp"
#include "gateway/north/record_source.hpp"
#include "gateway/north/upstream.hpp"

namespace tidegate::north {

/// What a route counts; owned by the metrics.
struct RouteCounters {
  Counter& acknowledged_records;
  Counter& rejected_records;
  Counter& skipped_records;
  Counter& rewinds;
};

/// One stream on its way to one upstream: where reading stands, what is under way, what is confirmed.
///
///   confirmed cursor (store) <= acknowledged (this connection) <= sent <= read <= durable
///
/// Only lane 0 is used: order of receipt. Reactor only.
class StreamFlow {
 public:
  StreamFlow(StreamIndex index, std::string upstream, RecordSource& source, EventLog& events, RouteCounters counters);

  [[nodiscard]] const std::string& name() const { return name_; }

  /// One for each stretch of an incarnation that is held.
  [[nodiscard]] std::vector<Holding> holdings() const;

  /// Decides where to go on from what the upstream knows of this stream: behind it, from there (the store names what is
  /// gone); ahead, the cursor follows; beyond what this store ever had, a new incarnation begins.
  void connect(const std::vector<Position>& positions);
  void disconnect();

  /// More may be durable than was read.
  void wake() { more_ = true; }

  /// Where to read on, if that is due; end_read() must follow with the answer, whatever happened meanwhile. Nagle's
  /// rule (RFC 896) saves the link small batches: while something is unacknowledged, only a full read is followed by
  /// another.
  std::optional<Offset> begin_read();
  /// `full_bytes`: what was asked for; half of it counts as a full read.
  void end_read(Result<store::RecordBatch> result, std::size_t full_bytes);

  /// Something was sent on this connection and is not confirmed.
  [[nodiscard]] bool has_under_way() const { return connected_ && !in_flight_.empty(); }

  [[nodiscard]] bool has_something() const { return pending_.has_value(); }

  /// Sends the next batch or skip of what was read, its times corrected by `anchors` if there are any; has_something()
  /// must be true.
  void send_next(Upstream& upstream, const TimeAnchors* anchors);

  void acknowledge(const Incarnation& incarnation, Offset next);

  /// The cursor does not pass this offset, whatever is confirmed, until it is told otherwise.
  void hold(std::optional<Offset> at);
  [[nodiscard]] Offset acknowledged() const { return acknowledged_; }

  /// The range was not taken, or nobody knows: it is read and sent again.
  void rewind(Offset from);

 private:
  struct Stretch {
    Incarnation incarnation;
    Offset first;
    Offset end;  ///< kOpenEnd for the newest.
  };
  struct InFlight {
    Offset end;
    std::uint64_t records;  ///< 0 for a skip.
  };

  void load_stretches(const store::StreamState& state);
  [[nodiscard]] const Stretch* stretch_of(Offset offset) const;
  [[nodiscard]] const Stretch* stretch_of(const Incarnation& incarnation) const;
  [[nodiscard]] LaneId lane_of(const Stretch& stretch) const { return {name_, stretch.incarnation, Lane{0}}; }
  bool learn(const std::vector<Position>& positions);
  void report_others(Offset upstream_knows, Offset store_has);
  bool renew_incarnation(Offset from);
  [[nodiscard]] Offset starting_point(Offset cursor) const;
  [[nodiscard]] Offset confirmed_from(Offset start) const;
  void send_records(Upstream& upstream, const TimeAnchors* anchors);
  void send_skip(Upstream& upstream, const store::Skip& skip);
  void settle();
  void sent_to(Offset end, std::uint64_t records);
  void drop_read();

  StreamIndex index_;
  std::string name_;
  std::string upstream_;
  RecordSource& source_;
  EventLog& events_;
  RouteCounters counters_;

  std::vector<Stretch> stretches_;
  std::map<Incarnation, Offset> known_;  // what the upstream has of each incarnation, as far as it told
  Offset own_end_;                       // nothing beyond can have been sent upstream from this store
  Offset acknowledged_;                  // everything before is upstream or named to it
  Offset sent_;
  std::optional<Offset> hold_;
  std::deque<InFlight> in_flight_;

  std::optional<store::RecordBatch> pending_;  // read and not yet completely sent
  std::size_t next_record_ = 0;
  std::size_t next_skip_ = 0;

  bool others_reported_ = false;
  bool connected_ = false;
  bool reading_ = false;
  bool discard_read_ = false;  // the read under way began before a rewind
  bool more_ = false;
  bool last_read_full_ = false;
};

}  // namespace tidegate::north
