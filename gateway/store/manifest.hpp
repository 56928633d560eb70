#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gateway/base/bytes.hpp"
#include "gateway/base/ids.hpp"
#include "gateway/store/extents.hpp"
#include "gateway/store/format.hpp"
#include "gateway/store/log.hpp"

namespace tidegate::store {

inline constexpr std::uint32_t kManifestAreas = 3;
inline constexpr std::uint32_t kManifestAreaBytes = 1 << 20;
inline constexpr std::uint64_t kFirstSlotAt = std::uint64_t{kManifestAreas} * kManifestAreaBytes;
inline constexpr std::uint32_t kManifestHeaderBytes = 64;

// Together these keep the largest manifest inside its area, and memory bounded.
inline constexpr std::uint32_t kMaxSlots = 1024;
inline constexpr std::uint32_t kMaxStreams = 32;
inline constexpr std::uint32_t kMaxExtents = 32768;
inline constexpr std::uint32_t kMaxCursors = 64;        ///< Of one stream.
inline constexpr std::uint32_t kMaxIncarnations = 256;  ///< Of one stream.
inline constexpr std::uint32_t kMaxNameBytes = 255;     ///< Of a stream or an upstream.
inline constexpr std::uint32_t kMaxBoardIdBytes = 4096;

/// A slot that has been used. Its frames lie in [0, used).
struct Slot {
  std::uint64_t salt = 0;
  std::uint64_t sequence = 0;  ///< Order of allotment, from 1; 0: never used.
  std::uint32_t used = 0;
};

/// How far an upstream has confirmed a lane.
struct LaneCursor {
  std::string upstream;
  Lane lane;
  Offset position;
  Offset end = kOpenEnd;
};

/// What the manifest says of a stream.
struct StreamRecord {
  StreamId id;
  std::string name;
  Offset next;
  Offset given_up;              ///< Every upstream is past this.
  Offset evicted_to;            ///< Everything before this was dropped by policy, unless it had been given up.
  Offset kept_from = kOpenEnd;  ///< Delivered records from here on are kept while there is room; not in the manifest.
  std::vector<IncarnationRange> incarnations;
  std::vector<LaneCursor> cursors;
  ExtentMap extents;
};

/// Where the log ends: frames after `position` of slot `slot` are newer than the manifest.
struct Tail {
  std::uint32_t slot = 0;
  std::uint32_t position = 0;
  std::uint64_t next_commit = 1;
  bool clean = false;  ///< Nothing follows: the log was closed.
};

/// A place in the pool where frames begin.
struct SlotPosition {
  std::uint32_t slot = 0;
  std::uint32_t position = 0;
};

/// Everything about the pool that is not in its frames. Of one of a later format than kNewestFormat nothing is known
/// but the format and the sequences.
struct Manifest {
  std::uint16_t format = kNewestFormat;  ///< The latest that may be written to the pool.
  std::uint64_t sequence = 0;            ///< The valid manifest with the highest one counts.
  std::uint64_t confirmed = 0;           ///< Sequence of the newest manifest that its writer knew to be durable.
  std::array<std::byte, 16> store_id{};
  std::string board_id;
  std::uint32_t slot_bytes = 0;
  std::uint32_t frame_alignment = 0;
  std::vector<Slot> slots;  ///< By number.
  std::vector<StreamRecord> streams;
  Tail tail;
  /// Frames from there on are newer than the manifest as well, and older than those of the tail.
  std::optional<SlotPosition> older_tail;
};

/// FORMAT.md, "Manifest". Not padded.
Buffer encode_manifest(const Manifest& manifest);

/// Length of the manifest that seems to begin here, or nothing. Looks at no more than the header.
std::optional<std::uint32_t> manifest_bytes(Bytes at);

/// kCorrupt: not a manifest, or a rotten one.
Result<Manifest> decode_manifest(Bytes at);

}  // namespace tidegate::store
