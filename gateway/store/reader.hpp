#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <thread>

#include "gateway/base/executor.hpp"
#include "gateway/store/log.hpp"
#include "gateway/store/record_batch.hpp"

namespace tidegate::store {

/// The reader thread: fetches from the disk what is no longer in memory, one request at a time, in order of the calls.
///
/// Threads: every call from the reactor; every answer comes there through the executor.
class Reader {
 public:
  using Done = std::function<void(Result<RecordBatch>)>;

  Reader(const Log& log, Executor reactor);
  ~Reader();
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  /// Records of `stream` from `from` on, about `max_bytes` of them.
  void read(StreamIndex stream, Offset from, std::size_t max_bytes, Done done);
  /// Ends the thread; requests that wait are dropped.
  void stop();

 private:
  struct Request {
    StreamIndex stream;
    Offset from;
    std::size_t max_bytes = 0;
    Done done;
  };

  void run();
  Result<RecordBatch> serve(const Request& request);

  const Log& log_;
  const Executor reactor_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Request> requests_;
  bool stopping_ = false;
  std::map<StreamIndex, ReadHint> hints_;  // of the thread alone
  std::thread thread_;
};

}  // namespace tidegate::store
