#pragma once

#include <string>

#include "gateway/base/result.hpp"

namespace tidegate {

/// Keeps a directory to one process: an flock on the file `lock` in it, held until this is destroyed or the process
/// ends, however it ends. The file holds the owner's process id, for people.
class DirectoryLock {
 public:
  /// kUnavailable: another process has it; the message names that process. The directory must exist. On a file system
  /// that is read-only and holds no lock there is nothing to take, since nobody can change anything.
  static Result<DirectoryLock> take(const std::string& directory);
  ~DirectoryLock();
  DirectoryLock(DirectoryLock&& other) noexcept;
  DirectoryLock& operator=(DirectoryLock&&) = delete;

 private:
  explicit DirectoryLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

}  // namespace tidegate
