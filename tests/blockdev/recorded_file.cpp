#define FUSE_USE_VERSION 314

#include "tests/blockdev/recorded_file.hpp"

#include <fcntl.h>
#include <fuse3/fuse_lowlevel.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "gateway/base/disk.hpp"

namespace tidegate::blockdev {

/// What the kernel asks for. The mount's root is the file itself.
struct RecordedFile::Operations {
  static constexpr double kForEver = 1e9;

  static RecordedFile& file(fuse_req_t request) { return *static_cast<RecordedFile*>(fuse_req_userdata(request)); }

  static void getattr(fuse_req_t request, fuse_ino_t, fuse_file_info*) {
    struct stat attributes {};
    attributes.st_ino = FUSE_ROOT_ID;
    attributes.st_mode = S_IFREG | 0600;
    attributes.st_nlink = 1;
    attributes.st_size = static_cast<off_t>(file(request).content_.size());
    fuse_reply_attr(request, &attributes, kForEver);
  }

  static void open(fuse_req_t request, fuse_ino_t, fuse_file_info* info) { fuse_reply_open(request, info); }

  static void read(fuse_req_t request, fuse_ino_t, std::size_t size, off_t position, fuse_file_info*) {
    const Buffer& content = file(request).content_;
    const std::size_t from = std::min(static_cast<std::size_t>(position), content.size());
    fuse_reply_buf(request, reinterpret_cast<const char*>(content.data() + from),
                   std::min(size, content.size() - from));
  }

  static void write(fuse_req_t request, fuse_ino_t, const char* data, std::size_t size, off_t position,
                    fuse_file_info*) {
    RecordedFile& self = file(request);
    const auto from = static_cast<std::size_t>(position);
    if (from + size > self.content_.size()) return void(fuse_reply_err(request, ENOSPC));
    const Bytes bytes = as_bytes({data, size});
    self.waiting_.push_back({request, from, Buffer(bytes.begin(), bytes.end())});
  }

  static void fsync(fuse_req_t request, fuse_ino_t, int, fuse_file_info*) {
    RecordedFile& self = file(request);
    self.before_flush_();
    self.record_.add(flush_event());
    ++self.flushes_;
    fuse_reply_err(request, 0);
  }

  static fuse_lowlevel_ops table() {
    fuse_lowlevel_ops operations{};
    operations.getattr = getattr;
    operations.open = open;
    operations.read = read;
    operations.write = write;
    operations.fsync = fsync;
    return operations;
  }
};

Result<std::unique_ptr<RecordedFile>> RecordedFile::mount_over(const std::string& path, RecordWriter& record,
                                                               std::function<void()> before_flush) {
  SystemDisk disk;
  const auto file = disk.open(path, OpenMode::kRead);
  if (!file) return file.error();
  const auto size = (*file)->size();
  if (!size) return size.error();
  Buffer content(*size);
  if (const auto got = (*file)->read_at(0, content); !got) return got.error();

  std::unique_ptr<RecordedFile> mounted(new RecordedFile(std::move(content), record, std::move(before_flush)));
  std::array<char*, 1> words{const_cast<char*>("recorder")};
  fuse_args arguments = FUSE_ARGS_INIT(1, words.data());
  const fuse_lowlevel_ops operations = Operations::table();
  mounted->session_ = fuse_session_new(&arguments, &operations, sizeof operations, mounted.get());
  if (mounted->session_ == nullptr || fuse_session_mount(mounted->session_, path.c_str()) != 0)
    return Error{ErrorKind::kIo, "FUSE cannot be mounted over " + path};
  ::fcntl(mounted->descriptor(), F_SETFL, O_NONBLOCK);
  return mounted;
}

RecordedFile::RecordedFile(Buffer content, RecordWriter& record, std::function<void()> before_flush)
    : content_(std::move(content)), record_(record), before_flush_(std::move(before_flush)) {}

RecordedFile::~RecordedFile() {
  if (session_ == nullptr) return;
  fuse_session_unmount(session_);
  fuse_session_destroy(session_);
}

int RecordedFile::descriptor() const { return fuse_session_fd(session_); }

void RecordedFile::serve() {
  fuse_buf request{};
  while (fuse_session_receive_buf(session_, &request) > 0) fuse_session_process_buf(session_, &request);
  std::free(request.mem);
  answer_writes();
}

void RecordedFile::answer_writes() {
  for (const Write& write : waiting_) {
    std::copy(write.data.begin(), write.data.end(), content_.begin() + static_cast<std::ptrdiff_t>(write.position));
    record_.add(write_event(write.position, write.data));
    fuse_reply_write(static_cast<fuse_req_t>(write.request), write.data.size());
  }
  waiting_.clear();
}

}  // namespace tidegate::blockdev
