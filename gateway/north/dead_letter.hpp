#pragma once

#include <string>

#include "gateway/base/result.hpp"
#include "gateway/north/upstream.hpp"
#include "gateway/store/store.hpp"

namespace tidegate::north {

/// Why a record is parked, and which it was.
struct Refusal {
  std::string upstream;
  LaneId lane;
  std::string reason;
};

/// Where records go that an upstream refuses for good, so that the rest can go on. Reactor only.
class DeadLetter {
 public:
  virtual ~DeadLetter() = default;
  /// Copies the record. An error that can be retried: offer it again after the next commit.
  virtual Result<store::Ticket> park(const store::Record& record, const Refusal& refusal) = 0;
  /// Whether what was parked under the ticket is on stable storage.
  [[nodiscard]] virtual bool durable(store::Ticket ticket) const = 0;
};

/// Parks in a stream of the store, which must outlive it: topic, client, payload and time as they were, and behind the
/// MQTT 5 properties three user properties (MQTT 5.0 section 3.3.2.3.7): tidegate-refused-by, tidegate-id
/// (gateway/stream/incarnation/offset) and tidegate-reason.
class StoreDeadLetter final : public DeadLetter {
 public:
  StoreDeadLetter(store::Store& store, StreamIndex stream, std::string gateway_id)
      : store_(store), stream_(stream), gateway_id_(std::move(gateway_id)) {}

  Result<store::Ticket> park(const store::Record& record, const Refusal& refusal) override;
  [[nodiscard]] bool durable(store::Ticket ticket) const override { return ticket <= store_.durable(); }

 private:
  store::Store& store_;
  const StreamIndex stream_;
  const std::string gateway_id_;
};

/// The reserved name of the stream.
inline constexpr std::string_view kDeadLetterStream = "dead-letter";

}  // namespace tidegate::north
