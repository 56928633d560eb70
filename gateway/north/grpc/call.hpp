#pragma once

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/support/client_callback.h>

#include <deque>
#include <future>
#include <memory>
#include <string>

#include "gateway/base/executor.hpp"
#include "proto/tidegate/v1/collector.grpc.pb.h"

namespace tidegate::north {

/// What becomes of a call; all on the reactor.
class CallListener {
 public:
  virtual ~CallListener() = default;
  virtual void on_message(const v1::FromCollector& message) = 0;
  /// gRPC took one queued message.
  virtual void on_written() = 0;
  /// Over; the last one.
  virtual void on_ended(const ::grpc::Status& status) = 0;
};

/// One Deliver stream. Its state belongs to the reactor: gRPC's threads only post to it, so that a message that arrives
/// is handled before the next one is read, and one write is under way at a time.
class Call final : private ::grpc::ClientBidiReactor<v1::FromGateway, v1::FromCollector> {
 public:
  /// Connects and calls; the listener must outlive the call or close() it.
  static std::shared_ptr<Call> start(std::shared_ptr<::grpc::Channel> channel, Executor reactor,
                                     CallListener& listener);
  ~Call() override = default;

  void write(v1::FromGateway message);
  [[nodiscard]] std::size_t queued() const { return queue_.size(); }

  /// Ends the call soon: on_ended() follows.
  void cancel() { context_.TryCancel(); }
  /// Ends the call; returns when gRPC has let go of it. No call of the listener from here on.
  void close();

 private:
  Call(std::shared_ptr<::grpc::Channel> channel, Executor reactor, CallListener& listener);

  // On gRPC's threads.
  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnDone(const ::grpc::Status& status) override;

  // On the reactor.
  void handle_read(bool ok);
  void handle_written(bool ok);
  void let_go();

  std::shared_ptr<::grpc::Channel> channel_;
  std::unique_ptr<v1::Collector::Stub> stub_;
  ::grpc::ClientContext context_;
  Executor reactor_;
  CallListener* listener_;
  v1::FromCollector incoming_;
  std::deque<v1::FromGateway> queue_;  // the front is being written
  bool over_ = false;

  std::shared_ptr<Call> self_;  // until OnDone: gRPC uses it
  const std::shared_ptr<std::promise<void>> done_ = std::make_shared<std::promise<void>>();
};

}  // namespace tidegate::north
