#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "gateway/base/disk.hpp"

namespace tidegate {

namespace {

Error failure(std::string_view act, const std::string& path, int code) {
  ErrorKind kind = ErrorKind::kIo;
  if (code == ENOSPC || code == EDQUOT) kind = ErrorKind::kNoSpace;
  if (code == EROFS || code == EACCES || code == EPERM) kind = ErrorKind::kReadOnly;
  if (code == ENOENT || code == ENOTDIR) kind = ErrorKind::kNotFound;
  if (code == EISDIR || code == ENXIO || code == ELOOP) kind = ErrorKind::kInvalid;  // no file has that name
  const std::string_view hint = code == EACCES ? "; check its owner and rights, and those of its directory" : "";
  return {kind, std::string(act) + " " + path + ": " + std::strerror(code) + std::string(hint)};
}

class SystemFile final : public File {
 public:
  SystemFile(int descriptor, std::string path) : descriptor_(descriptor), path_(std::move(path)) {}
  ~SystemFile() override { ::close(descriptor_); }
  SystemFile(const SystemFile&) = delete;
  SystemFile& operator=(const SystemFile&) = delete;

  Result<std::size_t> read_at(std::uint64_t position, std::span<std::byte> out) override {
    std::size_t done = 0;
    while (done < out.size()) {
      const ssize_t got =
          ::pread(descriptor_, out.data() + done, out.size() - done, static_cast<off_t>(position + done));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return failure("read", path_, errno);
      if (got == 0) break;
      done += static_cast<std::size_t>(got);
    }
    return done;
  }

  Result<void> write_at(std::uint64_t position, Bytes bytes) override {
    while (!bytes.empty()) {
      const ssize_t put = ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(position));
      if (put < 0 && errno == EINTR) continue;
      if (put < 0) return failure("write", path_, errno);
      position += static_cast<std::uint64_t>(put);
      bytes = bytes.subspan(static_cast<std::size_t>(put));
    }
    return {};
  }

  Result<void> sync_data() override {
    if (::fdatasync(descriptor_) != 0) return failure("fdatasync", path_, errno);
    const auto links = count_links();
    if (!links) return links.error();
    if (*links == 0)
      return Error{ErrorKind::kIo, path_ +
                                       " was deleted while it is in use, so nothing in it would outlive this "
                                       "process: restart the program, which makes it anew"};
    return {};
  }

  Result<std::uint64_t> size() override {
    struct stat info {};
    if (::fstat(descriptor_, &info) != 0) return failure("stat", path_, errno);
    return static_cast<std::uint64_t>(info.st_size);
  }

  void drop_cache() override { (void)::posix_fadvise(descriptor_, 0, 0, POSIX_FADV_DONTNEED); }

 private:
  // Nothing but the number of links is asked for: whoever asks for the times makes ext4 note the time of the next write
  // for itself (multigrain timestamps, Linux 6.13), and each flush takes longer by a third.
  [[nodiscard]] Result<std::uint32_t> count_links() const {
    struct statx info {};
    if (::statx(descriptor_, "", AT_EMPTY_PATH, STATX_NLINK, &info) != 0) return failure("stat", path_, errno);
    return info.stx_nlink;
  }

  int descriptor_;
  std::string path_;
};

// A pipe that has a file's name must not keep the program waiting; a file knows no O_NONBLOCK.
int open_flags(OpenMode mode) {
  constexpr int kAlways = O_CLOEXEC | O_NONBLOCK;
  switch (mode) {
    case OpenMode::kRead: return O_RDONLY | kAlways;
    case OpenMode::kReadWrite: return O_RDWR | kAlways;
    case OpenMode::kCreate: return O_RDWR | O_CREAT | O_TRUNC | kAlways;
  }
  return O_RDONLY | kAlways;
}

bool is_pipe(int descriptor) {
  struct stat info {};
  return ::fstat(descriptor, &info) == 0 && S_ISFIFO(info.st_mode);
}

}  // namespace

Result<std::unique_ptr<File>> SystemDisk::open(const std::string& path, OpenMode mode) {
  const int descriptor = ::open(path.c_str(), open_flags(mode), 0640);
  if (descriptor < 0) return failure("open", path, errno);
  auto file = std::make_unique<SystemFile>(descriptor, path);
  if (is_pipe(descriptor)) return Error{ErrorKind::kInvalid, path + " is a pipe"};
  return std::unique_ptr<File>(std::move(file));
}

Result<void> SystemDisk::rename(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) return failure("rename", from + " to " + to, errno);
  return {};
}

Result<void> SystemDisk::remove(const std::string& path) {
  if (::unlink(path.c_str()) != 0) return failure("remove", path, errno);
  return {};
}

Result<void> SystemDisk::create_directory(const std::string& path) {
  if (::mkdir(path.c_str(), 0750) == 0) return {};
  if (errno != EEXIST) return failure("create directory", path, errno);
  struct stat info {};
  if (::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode)) return {};
  return Error{ErrorKind::kInvalid, path + " is no directory"};
}

Result<std::vector<std::string>> SystemDisk::list(const std::string& path) {
  DIR* directory = ::opendir(path.c_str());
  if (directory == nullptr) return failure("list", path, errno);
  std::vector<std::string> names;
  while (const dirent* entry = ::readdir(directory)) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  ::closedir(directory);
  std::sort(names.begin(), names.end());
  return names;
}

Result<void> SystemDisk::sync_directory(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return failure("open directory", path, errno);
  const int status = ::fsync(descriptor);
  const int code = errno;
  ::close(descriptor);
  if (status != 0) return failure("fsync directory", path, code);
  return {};
}

Result<std::uint64_t> SystemDisk::free_bytes(const std::string& path) {
  struct statvfs info {};
  if (::statvfs(path.c_str(), &info) != 0) return failure("statvfs", path, errno);
  return static_cast<std::uint64_t>(info.f_bavail) * info.f_frsize;
}

}  // namespace tidegate
