#include "tests/unit/support/memory_disk.hpp"

#include <algorithm>

namespace tidegate::test {

class MemoryDisk::MemoryFile final : public File {
 public:
  MemoryFile(MemoryDisk& disk, std::shared_ptr<Buffer> bytes) : disk_(disk), bytes_(std::move(bytes)) {}

  Result<std::size_t> read_at(std::uint64_t position, std::span<std::byte> out) override {
    const std::lock_guard lock(disk_.mutex_);
    ++disk_.reads_;
    if (position >= bytes_->size()) return std::size_t{0};
    const std::size_t size = std::min<std::size_t>(out.size(), bytes_->size() - static_cast<std::size_t>(position));
    std::copy_n(bytes_->begin() + static_cast<std::ptrdiff_t>(position), size, out.begin());
    return size;
  }

  Result<void> write_at(std::uint64_t position, Bytes bytes) override {
    const std::lock_guard lock(disk_.mutex_);
    const auto end = static_cast<std::size_t>(position) + bytes.size();
    if (bytes_->size() < end) bytes_->resize(end);
    std::copy(bytes.begin(), bytes.end(), bytes_->begin() + static_cast<std::ptrdiff_t>(position));
    return {};
  }

  Result<void> sync_data() override {
    std::unique_lock lock(disk_.mutex_);
    ++disk_.waiting_;
    disk_.changed_.notify_all();
    disk_.changed_.wait(lock, [this] { return !disk_.held_ || disk_.passes_ > 0; });
    if (disk_.passes_ > 0) {
      --disk_.passes_;
    } else {
      --disk_.waiting_;
    }
    ++disk_.flushes_;
    if (disk_.failing_ == 0) return {};
    --disk_.failing_;
    return Error{ErrorKind::kIo, "the test makes this flush fail"};
  }

  Result<std::uint64_t> size() override {
    const std::lock_guard lock(disk_.mutex_);
    return std::uint64_t{bytes_->size()};
  }

 private:
  MemoryDisk& disk_;
  std::shared_ptr<Buffer> bytes_;
};

Result<std::unique_ptr<File>> MemoryDisk::open(const std::string& path, OpenMode mode) {
  const std::lock_guard lock(mutex_);
  auto bytes = find(path);
  if (mode == OpenMode::kCreate) files_[path] = bytes = std::make_shared<Buffer>();
  if (!bytes) return Error{ErrorKind::kNotFound, path + " is not there"};
  return std::unique_ptr<File>(std::make_unique<MemoryFile>(*this, bytes));
}

Result<void> MemoryDisk::sync_directory(const std::string&) {
  const std::lock_guard lock(mutex_);
  if (failing_directory_flushes_ == 0) {
    ++directory_flushes_;
    changed_.notify_all();
    return {};
  }
  --failing_directory_flushes_;
  return Error{ErrorKind::kIo, "the test makes this flush fail"};
}

void MemoryDisk::fail_directory_flushes(int times) {
  const std::lock_guard lock(mutex_);
  failing_directory_flushes_ = times;
}

void MemoryDisk::wait_for_directory_flushes() {
  std::unique_lock lock(mutex_);
  const std::uint64_t wanted = directory_flushes_ + 2;
  changed_.wait(lock, [&] { return directory_flushes_ >= wanted; });
}

Result<void> MemoryDisk::rename(const std::string& from, const std::string& to) {
  const std::lock_guard lock(mutex_);
  const auto bytes = find(from);
  if (!bytes) return Error{ErrorKind::kNotFound, from + " is not there"};
  files_.erase(from);
  files_[to] = bytes;
  return {};
}

Result<void> MemoryDisk::remove(const std::string& path) {
  const std::lock_guard lock(mutex_);
  if (files_.erase(path) == 0) return Error{ErrorKind::kNotFound, path + " is not there"};
  return {};
}

Result<void> MemoryDisk::create_directory(const std::string& path) {
  const std::lock_guard lock(mutex_);
  directories_.insert(path);
  return {};
}

Result<std::vector<std::string>> MemoryDisk::list(const std::string& path) {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> names;
  for (const auto& [name, bytes] : files_)
    if (name.starts_with(path + "/")) names.push_back(name.substr(path.size() + 1));
  return names;
}

std::shared_ptr<Buffer> MemoryDisk::find(const std::string& path) {
  const auto found = files_.find(path);
  return found == files_.end() ? nullptr : found->second;
}

void MemoryDisk::hold_flushes() {
  const std::lock_guard lock(mutex_);
  held_ = true;
}

void MemoryDisk::wait_for_flush() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return waiting_ > 0; });
}

void MemoryDisk::release_one() {
  const std::lock_guard lock(mutex_);
  --waiting_;
  ++passes_;
  changed_.notify_all();
}

void MemoryDisk::release() {
  const std::lock_guard lock(mutex_);
  held_ = false;
  changed_.notify_all();
}

void MemoryDisk::fail_flushes(int times) {
  const std::lock_guard lock(mutex_);
  failing_ = times;
}

std::uint64_t MemoryDisk::flushes() const {
  const std::lock_guard lock(mutex_);
  return flushes_;
}

std::uint64_t MemoryDisk::reads() const {
  const std::lock_guard lock(mutex_);
  return reads_;
}

}  // namespace tidegate::test
