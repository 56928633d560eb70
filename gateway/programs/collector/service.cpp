#include "gateway/programs/collector/service.hpp"

#include <grpcpp/support/status.h>

#include "gateway/base/result.hpp"
#include "gateway/programs/collector/session.hpp"

namespace tidegate::collector {
namespace {

::grpc::Status to_status(const Error& error) {
  switch (error.kind) {
    case ErrorKind::kInvalid: return {::grpc::StatusCode::INVALID_ARGUMENT, error.message};
    case ErrorKind::kUnsupported: return {::grpc::StatusCode::FAILED_PRECONDITION, error.message};
    default: return {::grpc::StatusCode::UNAVAILABLE, "the collector's database: " + error.message};
  }
}

/// All answers to one message in one write to the socket.
bool write_all(CollectorService::Stream& stream, const Session::Answers& answers) {
  for (std::size_t i = 0; i < answers.size(); ++i) {
    ::grpc::WriteOptions options;
    if (i + 1 < answers.size()) options.set_buffer_hint();
    if (!stream.Write(answers[i], options)) return false;
  }
  return true;
}

}  // namespace

::grpc::Status CollectorService::Deliver(::grpc::ServerContext* context, Stream* stream) {
  Session session(database_, events_);
  ::grpc::Status status;
  std::string registered;
  v1::FromGateway message;
  while (status.ok() && stream->Read(&message)) {
    if (registered.empty() && message.has_hello()) {
      registered = message.hello().gateway_id();
      take_over(registered, context);
    }
    const Result<Session::Answers> answers = session.receive(message);
    if (!answers.ok()) {
      events_.error("stream.ended", {{"gateway", session.gateway()}, {"reason", answers.error().message}});
      status = to_status(answers.error());
    } else if (!write_all(*stream, *answers)) {
      break;
    }
  }
  leave(registered, context);
  if (!session.gateway().empty()) events_.info("gateway.disconnected", {{"gateway", session.gateway()}});
  return status;
}

// The old stream may still be storing what it has read. That does no harm: positions only move on, and the new stream's
// batches below them count as redelivered.
void CollectorService::take_over(const std::string& gateway, ::grpc::ServerContext* context) {
  const std::lock_guard lock(mutex_);
  ::grpc::ServerContext*& current = connected_[gateway];
  if (current != nullptr && current != context) {
    events_.warning("gateway.connected_again", {{"gateway", gateway}});
    current->TryCancel();
  }
  current = context;
}

void CollectorService::leave(const std::string& gateway, const ::grpc::ServerContext* context) {
  const std::lock_guard lock(mutex_);
  const auto found = connected_.find(gateway);
  if (found != connected_.end() && found->second == context) connected_.erase(found);
}

}  // namespace tidegate::collector
