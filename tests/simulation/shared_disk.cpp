#include "tests/simulation/shared_disk.hpp"

namespace tidegate::simulation {

class SharedDisk::SharedFile final : public File {
 public:
  SharedFile(SharedDisk& disk, std::unique_ptr<File> file) : disk_(disk), file_(std::move(file)) {}
  ~SharedFile() override {
    const std::lock_guard lock(disk_.mutex_);
    file_.reset();
  }

  Result<std::size_t> read_at(std::uint64_t position, std::span<std::byte> out) override {
    return disk_.one_at_a_time([&] { return file_->read_at(position, out); });
  }
  Result<void> write_at(std::uint64_t position, Bytes bytes) override {
    return disk_.one_at_a_time([&] { return file_->write_at(position, bytes); });
  }
  Result<void> sync_data() override {
    return disk_.one_at_a_time([&] { return file_->sync_data(); });
  }
  Result<std::uint64_t> size() override {
    return disk_.one_at_a_time([&] { return file_->size(); });
  }
  void drop_cache() override {
    const std::lock_guard lock(disk_.mutex_);
    file_->drop_cache();
  }

 private:
  SharedDisk& disk_;
  std::unique_ptr<File> file_;
};

Result<std::unique_ptr<File>> SharedDisk::open(const std::string& path, OpenMode mode) {
  auto file = one_at_a_time([&] { return disk_.open(path, mode); });
  if (!file) return file;
  return std::unique_ptr<File>(std::make_unique<SharedFile>(*this, std::move(*file)));
}

Result<void> SharedDisk::rename(const std::string& from, const std::string& to) {
  return one_at_a_time([&] { return disk_.rename(from, to); });
}

Result<void> SharedDisk::remove(const std::string& path) {
  return one_at_a_time([&] { return disk_.remove(path); });
}

Result<void> SharedDisk::create_directory(const std::string& path) {
  return one_at_a_time([&] { return disk_.create_directory(path); });
}

Result<std::vector<std::string>> SharedDisk::list(const std::string& path) {
  return one_at_a_time([&] { return disk_.list(path); });
}

Result<void> SharedDisk::sync_directory(const std::string& path) {
  return one_at_a_time([&] { return disk_.sync_directory(path); });
}

Result<std::uint64_t> SharedDisk::free_bytes(const std::string& path) {
  return one_at_a_time([&] { return disk_.free_bytes(path); });
}

}  // namespace tidegate::simulation
