#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "gateway/base/disk.hpp"
#include "gateway/base/result.hpp"
#include "gateway/store/manifest.hpp"

namespace tidegate::store {

/// The manifest in one area, in at most two reads. kNotFound: nothing was ever written there. kCorrupt, kUnsupported:
/// no manifest that can be used. kIo: the area cannot be read.
Result<Manifest> read_manifest_area(File& file, std::uint32_t area);

/// The manifests at the front of the pool file, and which of their areas the next one goes to.
///
/// Three areas, not two: after a failed flush the area that was being written is in an unknown state, and the newest
/// good one must not be touched before another is durable.
class ManifestAreas {
 public:
  /// The newest valid manifest, in at most two reads an area. kCorrupt, kUnsupported: there is
  /// none. kIo: an area cannot be read, not even at the second try.
  Result<Manifest> load(File& file);

  /// Writes `manifest` under the next sequence into an area that may be lost, padded to its frame_alignment. Durable
  /// only after the file's next flush, whose outcome must be told by flushed().
  Result<std::uint64_t> write(File& file, Manifest manifest);
  void flushed(bool ok);

 private:
  struct Area {
    std::uint64_t sequence = 0;  // 0: empty or unknown
  };
  [[nodiscard]] std::uint32_t choose() const;

  std::array<Area, kManifestAreas> areas_;
  std::uint64_t newest_ = 0;     // highest sequence ever used
  std::uint64_t confirmed_ = 0;  // of the newest one known to be durable
  std::uint64_t loaded_ = 0;     // of the one that load() chose, until another is durable
  std::optional<std::uint32_t> failed_;
  std::optional<std::uint32_t> pending_;
};

}  // namespace tidegate::store
