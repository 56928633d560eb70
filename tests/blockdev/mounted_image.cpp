#include "tests/blockdev/mounted_image.hpp"

#include <fcntl.h>
#include <linux/fs.h>
#include <linux/loop.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace tidegate::blockdev {

namespace {

Error failure(const std::string& act) { return {ErrorKind::kIo, act + ": " + std::strerror(errno)}; }

}  // namespace

Result<std::unique_ptr<MountedImage>> MountedImage::make(std::size_t bytes, std::string directory) {
  if (::unshare(CLONE_NEWNS) != 0 || ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
    return failure("a mount namespace of its own");
  std::unique_ptr<MountedImage> made(new MountedImage(std::move(directory)));
  made->image_ = ::memfd_create("image", MFD_CLOEXEC);
  if (made->image_ < 0 || ::ftruncate(made->image_, static_cast<off_t>(bytes)) != 0) return failure("memory");
  void* const mapped = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, made->image_, 0);
  if (mapped == MAP_FAILED) return failure("memory");
  made->bytes_ = {static_cast<std::byte*>(mapped), bytes};
  if (auto attached = made->attach(); !attached) return attached.error();
  return made;
}

// Somebody else may take the device that was free a moment ago.
Result<void> MountedImage::attach() {
  const int control = ::open("/dev/loop-control", O_RDWR | O_CLOEXEC);
  if (control < 0) return failure("/dev/loop-control");
  bool attached = false;
  do {
    const int number = ::ioctl(control, LOOP_CTL_GET_FREE);
    device_path_ = "/dev/loop" + std::to_string(number);
    device_ = ::open(device_path_.c_str(), O_RDWR | O_CLOEXEC);
    if (device_ < 0) break;
    loop_config config{};
    config.fd = static_cast<std::uint32_t>(image_);
    config.info.lo_flags = LO_FLAGS_AUTOCLEAR;
    attached = ::ioctl(device_, LOOP_CONFIGURE, &config) == 0;
    if (!attached) ::close(std::exchange(device_, -1));
  } while (!attached && errno == EBUSY);
  const Error error = failure("a loop device");
  ::close(control);
  if (!attached) return error;
  return {};
}

MountedImage::~MountedImage() {
  (void)unmount();
  if (!bytes_.empty()) ::munmap(bytes_.data(), bytes_.size());
  if (device_ >= 0) ::close(device_);
  if (image_ >= 0) ::close(image_);
}

Result<void> MountedImage::mount() {
  if (::ioctl(device_, BLKFLSBUF) != 0) return failure("forgetting " + device_path_);
  if (::mount(device_path_.c_str(), directory_.c_str(), "ext4", MS_NOATIME, "") != 0)
    return failure("mounting the image");
  mounted_ = true;
  return {};
}

Result<void> MountedImage::unmount() {
  if (std::exchange(mounted_, false) && ::umount2(directory_.c_str(), 0) != 0) return failure("unmounting the image");
  return {};
}

}  // namespace tidegate::blockdev
