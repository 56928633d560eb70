#pragma once

#include <grpcpp/server_context.h>
#include <grpcpp/support/sync_stream.h>

#include <map>
#include <mutex>
#include <string>

#include "gateway/base/event_log.hpp"
#include "gateway/programs/collector/database.hpp"
#include "proto/tidegate/v1/collector.grpc.pb.h"

namespace tidegate::collector {

/// The Collector service: a thread of gRPC's for each gateway that is connected, a Session in it. A second stream of
/// one gateway ends the first: after a link broke silently, the gateway is back before its old stream is known to be
/// dead.
class CollectorService final : public v1::Collector::Service {
 public:
  CollectorService(Database& database, EventLog& events) : database_(database), events_(events) {}

  using Stream = ::grpc::ServerReaderWriter<v1::FromCollector, v1::FromGateway>;
  ::grpc::Status Deliver(::grpc::ServerContext* context, Stream* stream) override;

 private:
  void take_over(const std::string& gateway, ::grpc::ServerContext* context);
  void leave(const std::string& gateway, const ::grpc::ServerContext* context);

  Database& database_;
  EventLog& events_;
  std::mutex mutex_;
  std::map<std::string, ::grpc::ServerContext*> connected_;  // each until its Deliver returns
};

}  // namespace tidegate::collector
