#pragma once

#include <functional>
#include <string>
#include <vector>

#include "gateway/base/disk.hpp"
#include "gateway/store/catalog.hpp"
#include "gateway/store/format.hpp"
#include "gateway/store/manifest_areas.hpp"

namespace tidegate::store {

/// What lies in a pool file, as its newest manifest says.
struct PoolContents {
  /// Where records should lie that the file is too short for.
  struct Missing {
    std::string stream;
    Extent extent;
  };

  ManifestAreas areas;
  Catalog catalog;
  std::vector<Missing> missing;
};

/// Reads the manifest: at most two reads for each of its copies. How many slots there are is the file's word; what the
/// manifest says of others is taken out. kCorrupt: there is no manifest. kUnsupported: it is of a
/// later format. kIo: the disk does not answer.
Result<PoolContents> read_contents(File& file);

/// Told of bytes of the pool that fail their check.
using RotListener = std::function<void(std::uint64_t file_position, Bytes bytes)>;

/// Applies the frames behind the manifest to its catalog, in one read, two if there is an older tail. A torn tail is
/// left out; what is no frame before the last one is rot, and stepped over. Returns the newest frame as a copy of
/// itself (relocated records); empty if there was none. kUnsupported: one is of a later format.
Result<FrameWriter> read_tail(File& file, Catalog& catalog, const RotListener& rot);

}  // namespace tidegate::store
