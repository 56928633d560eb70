#include "gateway/north/grpc/grpc_upstream.hpp"

#include <utility>

#include "gateway/base/assert.hpp"
#include "gateway/north/grpc/connection.hpp"

namespace tidegate::north {

GrpcUpstream::GrpcUpstream(GrpcOptions options, Executor reactor, AfterTimer after, Random& random, EventLog& events,
                           Metrics& metrics)
    : connection_(std::make_unique<Connection>(std::move(options), std::move(reactor), std::move(after), random, events,
                                               metrics)) {}

GrpcUpstream::~GrpcUpstream() = default;

void GrpcUpstream::start(UpstreamListener& listener) { connection_->start(listener); }

bool GrpcUpstream::can_send() const { return connection_->can_send(); }

std::size_t GrpcUpstream::send(const Batch& batch) {
  TIDEGATE_ASSERT(can_send(), "a batch without room for it");
  return connection_->send(batch.lane, batch.records);
}

void GrpcUpstream::send_skip(const LaneId& lane, const store::Skip& skip) { connection_->send_skip(lane, skip); }

void GrpcUpstream::close() { connection_->close(); }

std::string GrpcUpstream::state() const { return connection_->state(); }

}  // namespace tidegate::north
