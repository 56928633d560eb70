#pragma once

#include "gateway/base/disk.hpp"

namespace tidegate {

/// Another disk that nothing can be changed on: whatever would write, create, rename, remove or flush is kReadOnly
/// before the other disk hears of it, and files are opened for reading only. For tools that look at what belongs to a
/// running program. Thread-safe as the other disk is, which must outlive it and its files.
class ReadOnlyDisk final : public Disk {
 public:
  explicit ReadOnlyDisk(Disk& disk) : disk_(disk) {}

  Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override;
  Result<void> rename(const std::string& from, const std::string& to) override;
  Result<void> remove(const std::string& path) override;
  Result<void> create_directory(const std::string& path) override;
  Result<std::vector<std::string>> list(const std::string& path) override;
  Result<void> sync_directory(const std::string& path) override;
  Result<std::uint64_t> free_bytes(const std::string& path) override;

 private:
  Disk& disk_;
};

}  // namespace tidegate
