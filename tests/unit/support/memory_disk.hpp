#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "gateway/base/disk.hpp"

namespace tidegate::test {

/// Files in memory for tests with threads: flushes can be counted, held up and made to fail. (The simulated disk of
/// tests/simulation loses power; this one never does.) Thread-safe.
class MemoryDisk final : public Disk {
 public:
  Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override;
  Result<void> rename(const std::string& from, const std::string& to) override;
  Result<void> remove(const std::string& path) override;
  Result<void> create_directory(const std::string& path) override;
  Result<std::vector<std::string>> list(const std::string& path) override;
  Result<void> sync_directory(const std::string&) override;
  Result<std::uint64_t> free_bytes(const std::string&) override { return std::uint64_t{1} << 40; }

  /// Flushes wait until release(); wait_for_flush() returns when one does; release_one() lets just that one go on.
  void hold_flushes();
  void wait_for_flush();
  void release_one();
  void release();
  /// The next `times` flushes fail with kIo.
  void fail_flushes(int times);
  /// The next `times` flushes of a directory fail with kIo; wait_for_directory_flushes() returns when there were as
  /// many.
  void fail_directory_flushes(int times);
  void wait_for_directory_flushes();
  [[nodiscard]] std::uint64_t flushes() const;
  [[nodiscard]] std::uint64_t reads() const;

 private:
  class MemoryFile;
  std::shared_ptr<Buffer> find(const std::string& path);

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, std::shared_ptr<Buffer>> files_;
  std::set<std::string> directories_;
  std::uint64_t flushes_ = 0;
  std::uint64_t reads_ = 0;
  int failing_ = 0;
  std::uint64_t directory_flushes_ = 0;
  int failing_directory_flushes_ = 0;
  bool held_ = false;
  int waiting_ = 0;
  int passes_ = 0;
};

}  // namespace tidegate::test
