#pragma once

#include <cstdint>
#include <optional>

#include "gateway/base/disk.hpp"
#include "gateway/store/format.hpp"
#include "gateway/store/pool.hpp"

namespace tidegate::store {

/// The part of a slot that is walked: frames written under `salt` in [begin, end).
struct SlotRange {
  std::uint32_t slot = 0;
  std::uint64_t salt = 0;
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
};

/// A frame, or a stretch between frames that is none. The views live until the next call of next().
struct Step {
  std::uint32_t position = 0;
  std::uint32_t length = 0;    ///< With padding.
  std::optional<Frame> frame;  ///< Nothing: rotten, torn, or never written.
  Bytes bytes;                 ///< Of the stretch, its first kMaxFrameBytes.
};

/// Walks the frames of a slot in order of position, stepping over what fails its check: at each frame_alignment it
/// looks whether a frame begins. Pages that cannot be read count as zeros, as long as the disk answers elsewhere.
class FrameWalker {
 public:
  /// Reads `chunk_bytes` at a time; memory is bounded by that or by kMaxFrameBytes, and by
  /// kMaxFrameBytes more for a frame that is compressed.
  FrameWalker(File& file, Layout layout, SlotRange range, std::uint32_t chunk_bytes);

  /// The next step, or nothing at the end of the range or when the disk does not answer at all: outcome() tells.
  std::optional<Step> next();
  [[nodiscard]] const Result<void>& outcome() const { return outcome_; }

 private:
  std::optional<Frame> frame_at(std::uint32_t position);
  Bytes fetch(std::uint32_t position, std::uint32_t length);
  void read(std::uint32_t position, std::span<std::byte> out);
  Result<void> probe();

  File& file_;
  Layout layout_;
  SlotRange range_;
  std::uint32_t chunk_bytes_;
  std::uint32_t position_;
  Buffer chunk_;
  std::uint32_t chunk_at_ = 0;
  Result<void> outcome_;
};

}  // namespace tidegate::store
