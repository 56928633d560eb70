#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "gateway/store/store_view.hpp"

namespace tidegate::store {

/// Bytes of the pool, at this position of the file, where frames were written and none passes its check.
struct RotStretch {
  std::uint32_t slot = 0;
  std::uint64_t file_position = 0;
  std::uint64_t bytes = 0;
};

/// Records that should lie in a slot and cannot be read from it.
struct LostRecords {
  std::string stream;
  Offset from;
  Offset to;  ///< Exclusive.
  std::uint32_t slot = 0;
  bool owed = false;  ///< Some of them, to an upstream.
};

/// An area that holds no manifest although something was written there.
struct BadArea {
  std::uint32_t area = 0;
  std::string reason;
};

/// What verify() found.
struct Verification {
  std::uint64_t slots = 0;
  std::uint64_t frames = 0;
  std::uint64_t records = 0;
  std::vector<BadArea> bad_areas;
  std::vector<RotStretch> rot;
  std::vector<LostRecords> lost;
  std::uint64_t reused = 0;  ///< Slots that a running gateway began to use again meanwhile; nothing is said of them.

  [[nodiscard]] bool sound() const { return bad_areas.empty() && rot.empty() && lost.empty(); }
};

/// Reads every frame of every slot that holds records, checks it, decodes its records, and compares them with what the
/// manifest says lies there. Memory is bounded by a frame and by the number of extents. kIo: the disk does not answer.
Result<Verification> verify(const StoreView& view);

}  // namespace tidegate::store
