#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "gateway/base/bytes.hpp"
#include "gateway/base/result.hpp"
#include "tests/blockdev/record.hpp"

struct fuse_session;

namespace tidegate::blockdev {

/// A file that notes in a record what a block device on it is asked for: FUSE, mounted over an ordinary file whose
/// bytes it begins with and never touches. What is written stays in memory.
///
/// It is as disobliging as a device may be: a write is answered only when nothing else waits, and a flush covers just
/// the writes that were answered before, not one that is on its way.
///
/// One thread, which must not use what is stored on the file. Destruction takes the mount away.
class RecordedFile {
 public:
  /// `before_flush` is called for each flush, before it is noted and answered. kIo: the reason why not.
  static Result<std::unique_ptr<RecordedFile>> mount_over(const std::string& path, RecordWriter& record,
                                                          std::function<void()> before_flush);
  ~RecordedFile();
  RecordedFile(const RecordedFile&) = delete;
  RecordedFile& operator=(const RecordedFile&) = delete;

  /// To be polled for reading; then serve() answers all requests that are there.
  [[nodiscard]] int descriptor() const;
  void serve();

  [[nodiscard]] std::uint64_t flushes() const { return flushes_; }

 private:
  struct Operations;
  struct Write {
    void* request;
    std::uint64_t position;
    Buffer data;
  };

  RecordedFile(Buffer content, RecordWriter& record, std::function<void()> before_flush);
  void answer_writes();

  Buffer content_;
  RecordWriter& record_;
  std::function<void()> before_flush_;
  std::vector<Write> waiting_;
  std::uint64_t flushes_ = 0;
  fuse_session* session_ = nullptr;
};

}  // namespace tidegate::blockdev
