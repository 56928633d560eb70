#pragma once

#include <string>

#include "gateway/base/disk.hpp"
#include "gateway/base/event_log.hpp"
#include "gateway/base/random.hpp"

namespace tidegate::store {

/// Makes the pool of `directory` one of kNewestFormat: from then on its frames may be compressed, and a version of
/// Tidegate that knows only an earlier format can no longer read it. The caller holds the DirectoryLock. Durable when
/// it returns. On an error, or if the power goes meanwhile, everything is there as before, and both versions read it
/// the same. kNotFound, kCorrupt: no pool. kUnsupported: it is of a later format.
Result<void> upgrade(const std::string& directory, Disk& disk, Random& random, EventLog& events);

}  // namespace tidegate::store
