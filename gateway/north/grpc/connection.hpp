#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "gateway/base/backoff.hpp"
#include "gateway/north/grpc/call.hpp"
#include "gateway/north/grpc/encode.hpp"
#include "gateway/north/grpc/grpc_upstream.hpp"
#include "gateway/north/upstream_counters.hpp"

namespace tidegate::north {

/// What make_grpc_upstream() makes, in a header of its own so that its users do not compile gRPC: one call after
/// another, each of them greeted, fed within its credit, and followed by a pause. Reactor only.
class Connection final : public Upstream, private CallListener {
 public:
  Connection(GrpcOptions options, Executor reactor, AfterTimer after, Random& random, EventLog& events,
             Metrics& metrics);
  ~Connection() override;

  void start(UpstreamListener& listener) override;
  [[nodiscard]] bool can_send() const override;
  /// Splits what is over the collector's limit; a single record over it is rejected on the collector's behalf.
  std::size_t send(const Batch& batch) override;
  void send_skip(const LaneId& lane, const store::Skip& skip) override;
  void send_anchor(const TimeAnchor& anchor) override;
  void close() override;
  [[nodiscard]] std::string state() const override { return words_; }

 private:
  enum class Phase { kAway, kGreeting, kConnected };
  void connect();
  void greet();
  std::size_t send(const LaneId& lane, std::span<const store::Record> records);
  void on_message(const v1::FromCollector& message) override;
  void on_written() override;
  void on_ended(const ::grpc::Status& status) override;

  void welcome(const v1::Welcome& welcome);
  void acknowledged(const v1::Ack& ack);
  void result(const v1::Result& result);
  void more_credit(std::uint64_t bytes);
  void hold_off();

  void abandon(std::string reason);
  void retry(const std::string& reason);
  void reject_too_large(const LaneId& lane, Offset offset, std::uint32_t raw_bytes);
  std::size_t write(v1::FromGateway message);
  /// Runs `change`; if it made room where there was none, the listener hears of it.
  template <class Change>
  void making_room(Change change);
  /// Runs `action` after `delay`, unless the attempt of now is over by then.
  template <class Action>
  void later(std::chrono::milliseconds delay, Action action);

  GrpcOptions options_;
  Executor reactor_;
  AfterTimer after_;
  EventLog& events_;
  UpstreamCounters counters_;
  Backoff backoff_;
  BatchEncoder encoder_;
  UpstreamListener* listener_ = nullptr;

  std::shared_ptr<Call> call_;
  std::shared_ptr<const bool> attempt_;  // timers and posted functions of an earlier attempt find theirs gone
  Phase phase_ = Phase::kAway;
  bool held_off_ = false;
  std::int64_t credit_bytes_ = 0;
  std::uint64_t max_batch_bytes_ = 0;
  std::string abandoned_because_;
  std::string words_ = "not started";
};

}  // namespace tidegate::north
