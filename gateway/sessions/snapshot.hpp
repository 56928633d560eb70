#pragma once

#include <cstdint>
#include <string>

#include "gateway/base/time_anchors.hpp"
#include "gateway/sessions/group.hpp"
#include "gateway/sessions/session.hpp"
#include "gateway/store/store.hpp"

namespace tidegate::sessions {

/// Keeps the state stream short: when what was appended since the last snapshot is more than a snapshot takes, the
/// anchors and all sessions are appended anew, one after another with a commit between, and then the stream's cursor
/// moves to where that began. Since the records of a session that is not known say nothing, and those of one that is
/// known change nothing when they come again, what happens meanwhile is simply appended between them.
class Snapshot {
 public:
  struct Limits {
    std::size_t tail_bytes = 1 << 20;  ///< Appended since the last one at least.
    std::size_t tail_records = 10'000;
  };

  Snapshot(store::Store& store, StreamIndex state, const TimeAnchors& anchors, const Limits& limits)
      : store_(store), state_(state), anchors_(anchors), limits_(limits) {}

  /// Where a start begins to read.
  [[nodiscard]] Offset begin() const;
  /// So much was appended, or read by a start.
  void appended(std::size_t bytes, std::size_t records);
  /// Goes on with a snapshot, or begins one that is due. Called after appends and after commits.
  void go_on(const SessionMap& sessions, const Timestamp& now);

 private:
  [[nodiscard]] bool is_due() const;
  bool begin_walk(const Timestamp& now);
  [[nodiscard]] bool has_room_for(const Session& session) const;
  bool append(const Session& session, const Timestamp& now);
  bool append(const StateRecord& record, const Timestamp& now);

  store::Store& store_;
  const StreamIndex state_;
  const TimeAnchors& anchors_;
  const Limits limits_;
  bool walking_ = false;
  Offset from_;            // where the snapshot that is being written begins, at the latest
  std::string walked_to_;  // the last client whose session is in it
  store::Ticket last_;     // of what was appended of it
  std::size_t tail_bytes_ = 0;
  std::size_t tail_records_ = 0;
  std::size_t snapshot_bytes_ = 0;  // of the last one, or of the one that is being written
};

}  // namespace tidegate::sessions
