#pragma once

#include <memory>
#include <optional>

#include "gateway/base/disk.hpp"
#include "gateway/base/event_log.hpp"
#include "gateway/base/random.hpp"
#include "gateway/store/catalog.hpp"
#include "gateway/store/log.hpp"
#include "gateway/store/manifest_areas.hpp"
#include "gateway/store/pool.hpp"

namespace tidegate::store {

/// What a start finds on the disk.
struct Recovered {
  std::unique_ptr<File> file;
  Catalog catalog;
  ManifestAreas areas;
  /// The newest frame as a copy, to be appended again. A flush that failed just before the program was started again
  /// may have left that frame in the page cache alone, where it reads well and dies with the next power cut.
  FrameWriter last_frame;
  Catalog as_loaded;  ///< What the manifest alone says, for Journal::secure().
  /// Why the pool could be opened for reading alone, or not even be made: nothing can be written to `file`.
  std::optional<Error> refusal;
};

/// Opens the pool, or sets aside one that is unusable or of a later format and makes a new one, and reads what is newer
/// than the manifest: at most two reads for each copy of the manifests and one for the tail, two if there is an older
/// tail; all of it twice, the second time without the page cache, if the newest frame cannot be copied. A torn tail is
/// cut; rotten frames before the end of the tail are stepped over and kept in the quarantine. Flushes an existing pool
/// and writes nothing to it. Where nothing may be changed a pool is read as it is, and is empty if there is none. kIo:
/// the disk does not answer, and nothing was given up: open again.
Result<Recovered> recover(const LogOptions& options, Disk& disk, Random& random, Quarantine& quarantine,
                          EventLog& events);

}  // namespace tidegate::store
