#pragma once

#include <string>

#include "gateway/base/result.hpp"

namespace tidegate {

/// Keeps a directory to one process: an flock on the file `lock` in it, held until this is destroyed or the process
/// ends, however it ends. The file holds the owner's process id, for people.
class DirectoryLock {
 public:
  /// kUnavailable: another process has it; the message names that process. The directory must exist. Where this process
  /// may not even make the file, the lock is not held: it must change nothing in the directory.
  static Result<DirectoryLock> take(const std::string& directory);
  ~DirectoryLock();
  DirectoryLock(DirectoryLock&& other) noexcept;
  DirectoryLock& operator=(DirectoryLock&&) = delete;

  [[nodiscard]] bool held() const { return descriptor_ >= 0; }

 private:
  explicit DirectoryLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

}  // namespace tidegate
