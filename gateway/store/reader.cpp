#include "gateway/store/reader.hpp"

namespace tidegate::store {

Reader::Reader(const Log& log, Executor reactor)
    : log_(log), reactor_(std::move(reactor)), thread_([this] { run(); }) {}

Reader::~Reader() { stop(); }

void Reader::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return stopping_ || !requests_.empty(); });
    if (stopping_) return;
    const Request request = std::move(requests_.front());
    requests_.pop_front();
    lock.unlock();
    auto batch = std::make_shared<Result<RecordBatch>>(serve(request));
    reactor_([batch, done = request.done] { done(std::move(*batch)); });
    lock.lock();
  }
}

Result<RecordBatch> Reader::serve(const Request& request) {
  ReadHint& hint = hints_[request.stream];
  auto found = log_.read(request.stream, request.from, request.max_bytes, hint);
  if (!found) return found.error();
  hint = found->hint;
  return decode(std::move(*found), request.from);
}

void Reader::read(StreamIndex stream, Offset from, std::size_t max_bytes, Done done) {
  {
    const std::lock_guard lock(mutex_);
    requests_.push_back({stream, from, max_bytes, std::move(done)});
  }
  wake_.notify_one();
}

void Reader::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

}  // namespace tidegate::store
