#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "gateway/base/result.hpp"

namespace tidegate::blockdev {

/// An image of an ext4 in memory, and a loop device to mount it by. The mount is seen by this process alone and ends
/// with it. Wants root.
class MountedImage {
 public:
  /// `directory` is where it will be mounted.
  static Result<std::unique_ptr<MountedImage>> make(std::size_t bytes, std::string directory);
  ~MountedImage();
  MountedImage(const MountedImage&) = delete;
  MountedImage& operator=(const MountedImage&) = delete;

  /// The image. Not to be touched while it is mounted.
  [[nodiscard]] std::span<std::byte> bytes() { return bytes_; }

  Result<void> mount();
  Result<void> unmount();

 private:
  explicit MountedImage(std::string directory) : directory_(std::move(directory)) {}
  Result<void> attach();

  const std::string directory_;
  int image_ = -1;
  int device_ = -1;
  std::string device_path_;
  bool mounted_ = false;
  std::span<std::byte> bytes_;
};

}  // namespace tidegate::blockdev
