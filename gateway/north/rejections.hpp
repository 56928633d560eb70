#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <optional>
#include <string>

#include "gateway/base/event_log.hpp"
#include "gateway/north/dead_letter.hpp"
#include "gateway/north/record_source.hpp"
#include "gateway/north/stream_flow.hpp"

namespace tidegate::north {

/// Ranges that an upstream refused for good, on their way into the dead letter: read from the store, parked, durable
/// there, and only then named to the upstream. Until then their stream's cursor does not pass them. Remembered until it
/// has, so that a range that is sent and refused again is not parked again. Reactor only.
class Rejections {
 public:
  /// All must outlive it; reads that end after its destruction are dropped.
  Rejections(std::string name, RecordSource& source, Upstream& upstream, DeadLetter& dead_letter, EventLog& events)
      : name_(std::move(name)), source_(source), upstream_(upstream), dead_letter_(dead_letter), events_(events) {}

  /// False: it is known already.
  bool add(StreamIndex stream, StreamFlow& flow, const LaneId& lane, const store::Skip& skip,
           const std::string& reason);
  /// More is durable: parks on, and names what is parked by now.
  void on_durable();
  /// Forgets what the cursor has passed.
  void on_acknowledged();

 private:
  struct Rejection {
    StreamIndex stream;
    StreamFlow& flow;
    LaneId lane;
    store::Skip skip;
    std::string reason;
    Offset next;  ///< The first that is not handed to the dead letter.
    store::Ticket ticket;
    bool reading = false;
    bool parked = false;
  };

  void park(Rejection& rejection);
  void take(Rejection& rejection, Result<store::RecordBatch> read);
  void hold(StreamFlow& flow);

  const std::string name_;
  RecordSource& source_;
  Upstream& upstream_;
  DeadLetter& dead_letter_;
  EventLog& events_;
  std::list<Rejection> rejections_;  // what is being read has its address taken
  const std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
};

}  // namespace tidegate::north
