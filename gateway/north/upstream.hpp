#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "gateway/base/ids.hpp"
#include "gateway/base/time_anchors.hpp"
#include "gateway/store/store.hpp"

namespace tidegate::north {

/// Which stretch of which stream: everything a position is counted in.
struct LaneId {
  std::string stream;
  Incarnation incarnation;
  Lane lane;
  auto operator<=>(const LaneId&) const = default;
};

/// What the gateway holds of a lane now, told to the upstream when it connects.
struct Holding {
  LaneId lane;
  Offset first;
  Offset next;
};

/// The first offset of a lane that the upstream does not have.
struct Position {
  LaneId lane;
  Offset next;
};

/// What became of a range of records.
enum class Delivery {
  kPersisted,
  kNotPersisted,       ///< Nothing was taken: send it again.
  kPossiblyPersisted,  ///< Unknown: send it again under the same identity.
  kRejected,           ///< For good: park it, name it, and go on.
};

/// Consecutive records of one lane and one boot. The views live as long as the batch is in use by send().
struct Batch {
  LaneId lane;
  std::vector<store::Record> records;  ///< Not empty; offsets without a hole.
};

/// What a route wants to hear from its upstream. Every call comes on the reactor.
class UpstreamListener {
 public:
  virtual ~UpstreamListener() = default;
  /// What to say in the greeting; asked at each attempt to connect.
  virtual std::vector<Holding> holdings() = 0;
  /// The upstream is there, and knows this much. Lanes it does not name it knows nothing of.
  virtual void on_connected(const std::vector<Position>& positions) = 0;
  /// Everything before `next` is durable upstream; cumulative.
  virtual void on_acknowledged(const LaneId& lane, Offset next) = 0;
  /// A range has another result than persisted.
  virtual void on_result(const LaneId& lane, Offset from, Offset to, Delivery delivery, const std::string& reason) = 0;
  /// There is room again after can_send() was false.
  virtual void on_room() = 0;
  /// The link is gone; what is not acknowledged is unknown. The upstream connects again by itself, with back-off.
  virtual void on_disconnected(const std::string& reason) = 0;
};

/// One place that takes records: gRPC, Kafka, MQTT. Every call from the reactor; nothing blocks.
class Upstream {
 public:
  virtual ~Upstream() = default;
  /// Begins to connect, and keeps trying until close().
  virtual void start(UpstreamListener& listener) = 0;
  [[nodiscard]] virtual bool can_send() const = 0;
  /// Encodes and sends; only while connected and can_send(). Returns bytes put on the wire before TLS and framing.
  virtual std::size_t send(const Batch& batch) = 0;
  virtual void send_skip(const LaneId& lane, const store::Skip& skip) = 0;
  /// What corrects records of that boot that it has from before. Nobody confirms it: without a connection it is
  /// dropped, and the route says it again on the next one.
  virtual void send_anchor(const TimeAnchor& anchor) = 0;
  /// Ends the connection; no call of the listener after it returns.
  virtual void close() = 0;
  /// "connected", or why not, for status.
  [[nodiscard]] virtual std::string state() const = 0;
};

}  // namespace tidegate::north
