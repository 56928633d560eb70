#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "gateway/base/disk.hpp"
#include "gateway/base/result.hpp"
#include "gateway/store/manifest.hpp"

namespace tidegate::store {

/// A manifest lies twice in its area, unless it is larger than half of it: one that rots is still there.
inline constexpr std::uint32_t kManifestCopies = 2;
[[nodiscard]] constexpr std::uint64_t manifest_at(std::uint32_t area, std::uint32_t copy) {
  return std::uint64_t{area} * kManifestAreaBytes + copy * (kManifestAreaBytes / kManifestCopies);
}
/// How often a manifest of this size, padded, lies in its area.
[[nodiscard]] constexpr std::uint32_t copies_of_manifest(std::uint64_t bytes) {
  return bytes <= kManifestAreaBytes / kManifestCopies ? kManifestCopies : 1;
}

/// One copy of the manifest in one area, in at most two reads. kNotFound: nothing was ever written there. kCorrupt: no
/// manifest. kIo: it cannot be read.
Result<Manifest> read_manifest(File& file, std::uint32_t area, std::uint32_t copy);

/// The manifests at the front of the pool file, and which of their areas the next one goes to.
///
/// Three areas, not two: after a failed flush the area that was being written is in an unknown state, and the newest
/// good one must not be touched before another is durable.
class ManifestAreas {
 public:
  /// The newest valid manifest, in one read for each copy, two for one over 16 KiB. kCorrupt: there is none.
  /// kUnsupported: it is of a later format. kIo: a copy cannot be read, not even at the second try.
  Result<Manifest> load(File& file);
  /// Areas of which load() found the second copy well, and not the first.
  [[nodiscard]] const std::vector<std::uint32_t>& half_rotten() const { return half_rotten_; }

  /// Writes `manifest` under the next sequence into an area that may be lost, padded to its frame_alignment. Durable
  /// only after the file's next flush, whose outcome must be told by flushed().
  Result<std::uint64_t> write(File& file, Manifest manifest);
  void flushed(bool ok);

  /// Writes `manifest` into each area under the sequence that the area has, the newest last, each with a flush. For a
  /// change of the format alone: all areas must hold this manifest already. Until the last flush the newest one is of
  /// the format before, so that whoever knows that alone finds the same as whoever knows both.
  Result<void> rewrite(File& file, Manifest manifest);

 private:
  struct Area {
    std::uint64_t sequence = 0;  // 0: empty or unknown
  };
  [[nodiscard]] std::uint32_t choose() const;
  static Result<std::uint64_t> put(File& file, std::uint32_t area, const Manifest& manifest);
  Result<Manifest> load_area(File& file, std::uint32_t area);

  std::array<Area, kManifestAreas> areas_;
  std::uint64_t newest_ = 0;     // highest sequence ever used
  std::uint64_t confirmed_ = 0;  // of the newest one known to be durable
  std::uint64_t loaded_ = 0;     // of the one that load() chose, until another is durable
  std::optional<std::uint32_t> failed_;
  std::optional<std::uint32_t> pending_;
  std::vector<std::uint32_t> half_rotten_;
};

}  // namespace tidegate::store
