#include "gateway/north/grpc/call.hpp"

#include <utility>

namespace tidegate::north {

std::shared_ptr<Call> Call::start(std::shared_ptr<::grpc::Channel> channel, Executor reactor, CallListener& listener) {
  std::shared_ptr<Call> call(new Call(std::move(channel), std::move(reactor), listener));
  call->self_ = call;
  call->stub_->async()->Deliver(&call->context_, call.get());
  // Reads and writes are started outside gRPC's own callbacks: the hold keeps OnDone away until the last one.
  call->AddHold();
  call->StartRead(&call->incoming_);
  call->StartCall();
  return call;
}

void Call::write(v1::FromGateway message) {
  if (over_) return;
  queue_.push_back(std::move(message));
  if (queue_.size() == 1) StartWrite(&queue_.front());
}

void Call::close() {
  listener_ = nullptr;
  context_.TryCancel();
  let_go();
  done_->get_future().wait();
}

Call::Call(std::shared_ptr<::grpc::Channel> channel, Executor reactor, CallListener& listener)
    : channel_(std::move(channel)),
      stub_(v1::Collector::NewStub(channel_)),
      reactor_(std::move(reactor)),
      listener_(&listener) {}

void Call::OnReadDone(bool ok) {
  reactor_([self = self_, ok] { self->handle_read(ok); });
}

void Call::OnWriteDone(bool ok) {
  reactor_([self = self_, ok] { self->handle_written(ok); });
}

// The last reference goes to the reactor: a channel must not be destroyed on a thread of gRPC, which would wait there
// for itself. What is used after that is held here; the executor is not touched after close() has been let go.
void Call::OnDone(const ::grpc::Status& status) {
  const Executor reactor = reactor_;
  const std::shared_ptr<std::promise<void>> done = done_;
  reactor([self = std::move(self_), status] {
    if (self->listener_ != nullptr) std::exchange(self->listener_, nullptr)->on_ended(status);
  });
  done->set_value();
}

void Call::handle_read(bool ok) {
  if (!ok) return let_go();
  if (listener_ != nullptr) listener_->on_message(incoming_);
  if (!over_) StartRead(&incoming_);
}

void Call::handle_written(bool ok) {
  if (over_) return;
  queue_.pop_front();
  if (!ok) {
    // The call is lost; the read that fails as well says so.
    queue_.clear();
    return;
  }
  if (!queue_.empty()) StartWrite(&queue_.front());
  if (listener_ != nullptr) listener_->on_written();
}

/// From here on nothing more is started; OnDone comes when what is under way has ended.
void Call::let_go() {
  if (std::exchange(over_, true)) return;
  RemoveHold();
}

}  // namespace tidegate::north
