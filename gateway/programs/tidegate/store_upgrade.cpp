// tidegate store upgrade: what the owner says when there will be no way back to an earlier version.
#include "gateway/store/upgrade.hpp"

#include <cstdio>

#include "gateway/programs/tidegate/commands.hpp"
#include "gateway/programs/tidegate/store_place.hpp"
#include "gateway/programs/tidegate/store_text.hpp"

namespace tidegate::cli {
namespace {

Result<void> upgrade(const StorePlace& place, Disk& disk) {
  const auto lock = lock_store(place);
  if (!lock) return lock.error();
  SystemRandom random;
  SilentLog events;
  return store::upgrade(place.pool_directory, disk, random, events);
}

}  // namespace

int store_upgrade(const Arguments& arguments) {
  SystemDisk disk;
  const StorePlace place = store_place(arguments, disk);
  const auto view = store::StoreView::open(place.pool_directory, disk);
  if (!view) return failed(without_a_store(view.error(), place));
  std::fputs(upgrade_text((*view)->manifest().format).c_str(), stdout);
  if ((*view)->manifest().format == store::kNewestFormat) return kSuccess;
  if (!arguments.has("--yes")) return kFailure;
  std::fflush(stdout);
  if (auto done = upgrade(place, disk); !done) return failed(done.error().message);
  std::fputs("upgraded\n", stdout);
  return kSuccess;
}

}  // namespace tidegate::cli
