#include "gateway/base/read_only_disk.hpp"

#include <utility>

namespace tidegate {

namespace {

Error refusal(std::string_view act, const std::string& what) {
  return {ErrorKind::kReadOnly, std::string(act) + " " + what + ": only reading is allowed here"};
}

class ReadOnlyFile final : public File {
 public:
  ReadOnlyFile(std::unique_ptr<File> file, std::string path) : file_(std::move(file)), path_(std::move(path)) {}

  Result<std::size_t> read_at(std::uint64_t position, std::span<std::byte> out) override {
    return file_->read_at(position, out);
  }
  Result<std::uint64_t> size() override { return file_->size(); }
  Result<void> write_at(std::uint64_t, Bytes) override { return refusal("write", path_); }
  Result<void> sync_data() override { return refusal("flush", path_); }

 private:
  std::unique_ptr<File> file_;
  std::string path_;
};

}  // namespace

Result<std::unique_ptr<File>> ReadOnlyDisk::open(const std::string& path, OpenMode mode) {
  if (mode != OpenMode::kRead) return refusal("open for writing", path);
  auto file = disk_.open(path, OpenMode::kRead);
  if (!file) return file;
  return std::unique_ptr<File>(std::make_unique<ReadOnlyFile>(std::move(*file), path));
}

Result<void> ReadOnlyDisk::rename(const std::string& from, const std::string&) { return refusal("rename", from); }
Result<void> ReadOnlyDisk::remove(const std::string& path) { return refusal("remove", path); }
Result<void> ReadOnlyDisk::create_directory(const std::string& path) { return refusal("create directory", path); }
Result<void> ReadOnlyDisk::sync_directory(const std::string& path) { return refusal("flush directory", path); }
Result<std::vector<std::string>> ReadOnlyDisk::list(const std::string& path) { return disk_.list(path); }
Result<std::uint64_t> ReadOnlyDisk::free_bytes(const std::string& path) { return disk_.free_bytes(path); }

}  // namespace tidegate
