#include "gateway/store/upgrade.hpp"

#include "gateway/store/offline_pool.hpp"

namespace tidegate::store {

Result<void> upgrade(const std::string& directory, Disk& disk, Random& random, EventLog& events) {
  OfflinePool pool(directory, disk, random, events);
  if (auto opened = pool.open(); !opened) return opened;
  return pool.journal().upgrade();
}

}  // namespace tidegate::store
