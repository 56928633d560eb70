#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "gateway/base/bytes.hpp"
#include "gateway/base/result.hpp"

namespace tidegate {

/// An open file. One thread at a time may write; reads may run beside a write.
///
/// Durability: what write_at stored survives a power cut only after sync_data returned ok. After a sync_data that
/// failed, the bytes written since the last good one are in an unknown state for good: never sync them again, write
/// them elsewhere (Linux marks the failed pages clean, so the next fdatasync succeeds while the disk holds the old
/// data).
class File {
 public:
  virtual ~File() = default;
  /// Fills `out` from `position`; returns fewer bytes only at the end of the file.
  virtual Result<std::size_t> read_at(std::uint64_t position, std::span<std::byte> out) = 0;
  /// Writes all of `bytes` at `position`, growing the file if needed.
  virtual Result<void> write_at(std::uint64_t position, Bytes bytes) = 0;
  /// Makes all bytes written, and the size, durable (fdatasync). Fails too if the file has no name any more.
  virtual Result<void> sync_data() = 0;
  virtual Result<std::uint64_t> size() = 0;
  /// What is read from now on is what the device holds, as far as the system lets go of what it has cached: to be
  /// called after a sync_data that returned ok, since what an earlier one failed to store may be in the cache alone.
  virtual void drop_cache() {}
};

enum class OpenMode { kRead, kReadWrite, kCreate };  // kCreate: read and write, truncated if it was there

/// The only way to files. kInvalid: what has the name is no file, but a directory or a pipe. kReadOnly: the file
/// system, or the rights of this process, allow no change; it may be read. Thread-safe except that one File has one
/// writer. Paths are absolute or relative as given.
class Disk {
 public:
  virtual ~Disk() = default;
  virtual Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) = 0;
  /// Durable only after sync_directory of the parent.
  virtual Result<void> rename(const std::string& from, const std::string& to) = 0;
  virtual Result<void> remove(const std::string& path) = 0;
  /// Creates one directory; ok if it is there. kInvalid: something else has the name. Durable only after sync_directory
  /// of the parent.
  virtual Result<void> create_directory(const std::string& path) = 0;
  /// Names in a directory, sorted, without "." and "..".
  virtual Result<std::vector<std::string>> list(const std::string& path) = 0;
  /// Makes the entries of a directory durable (fsync of the directory).
  virtual Result<void> sync_directory(const std::string& path) = 0;
  /// Bytes that an unprivileged process could still write there.
  virtual Result<std::uint64_t> free_bytes(const std::string& path) = 0;
};

/// POSIX files: pread, pwrite, fdatasync.
class SystemDisk final : public Disk {
 public:
  Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override;
  Result<void> rename(const std::string& from, const std::string& to) override;
  Result<void> remove(const std::string& path) override;
  Result<void> create_directory(const std::string& path) override;
  Result<std::vector<std::string>> list(const std::string& path) override;
  Result<void> sync_directory(const std::string& path) override;
  Result<std::uint64_t> free_bytes(const std::string& path) override;
};

}  // namespace tidegate
