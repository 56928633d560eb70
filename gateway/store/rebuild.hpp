#pragma once

#include <map>
#include <string>
#include <vector>

#include "gateway/base/disk.hpp"
#include "gateway/base/random.hpp"
#include "gateway/store/manifest.hpp"
#include "gateway/store/pool.hpp"

namespace tidegate::store {

/// A manifest made from the frames of a pool that has lost its own. FORMAT.md, "Without a manifest", has what cannot be
/// known any more.
struct Rebuilt {
  Manifest manifest;
  std::map<StreamId, std::string> topics;  ///< Of the first record of each stream: its name is not in the frames.
  std::vector<std::uint32_t> unproven;     ///< Slots with frames of which no two prove each other; left out.

  [[nodiscard]] bool empty() const { return manifest.streams.empty(); }
};

/// Reads the whole pool. `layout` is what the store was made with. `names` of the streams in order of their numbers;
/// those beyond are called recovered-<number>. kIo: the disk does not answer. Writes nothing.
Result<Rebuilt> rebuild(File& file, const Layout& layout, const std::vector<std::string>& names, Random& random);

}  // namespace tidegate::store
