#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "gateway/base/disk.hpp"

namespace tidegate::store::test {

/// A disk that is read while somebody writes: the first read of a stretch of any file is zeros. Only for reading.
class HastyDisk final : public Disk {
 public:
  HastyDisk(Disk& disk, std::uint64_t position, std::uint64_t size) : disk_(disk), position_(position), size_(size) {}

  Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override {
    auto file = disk_.open(path, mode);
    if (!file) return file;
    return std::unique_ptr<File>(std::make_unique<HastyFile>(std::move(*file), position_, size_));
  }
  Result<void> rename(const std::string&, const std::string&) override { return refusal(); }
  Result<void> remove(const std::string&) override { return refusal(); }
  Result<void> create_directory(const std::string&) override { return refusal(); }
  Result<void> sync_directory(const std::string&) override { return refusal(); }
  Result<std::vector<std::string>> list(const std::string& path) override { return disk_.list(path); }
  Result<std::uint64_t> free_bytes(const std::string& path) override { return disk_.free_bytes(path); }

 private:
  class HastyFile final : public File {
   public:
    HastyFile(std::unique_ptr<File> file, std::uint64_t position, std::uint64_t size)
        : file_(std::move(file)), position_(position), end_(position + size) {}

    Result<std::size_t> read_at(std::uint64_t position, std::span<std::byte> out) override {
      auto got = file_->read_at(position, out);
      const bool covers = position <= position_ && position + out.size() >= end_;
      if (covers && !std::exchange(seen_, true))
        std::fill_n(out.begin() + static_cast<std::ptrdiff_t>(position_ - position), end_ - position_, std::byte{0});
      return got;
    }
    Result<void> write_at(std::uint64_t, Bytes) override { return refusal(); }
    Result<void> sync_data() override { return refusal(); }
    Result<std::uint64_t> size() override { return file_->size(); }

   private:
    std::unique_ptr<File> file_;
    std::uint64_t position_;
    std::uint64_t end_;
    bool seen_ = false;
  };

  static Error refusal() { return {ErrorKind::kReadOnly, "only for reading"}; }

  Disk& disk_;
  std::uint64_t position_;
  std::uint64_t size_;
};

}  // namespace tidegate::store::test
