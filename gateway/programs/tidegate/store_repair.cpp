// tidegate store repair: changes a store, and only one that no gateway runs on.
#include <cstdio>

#include "gateway/base/text_file.hpp"
#include "gateway/config/store_room.hpp"
#include "gateway/programs/tidegate/commands.hpp"
#include "gateway/programs/tidegate/store_place.hpp"
#include "gateway/programs/tidegate/store_text.hpp"

namespace tidegate::cli {
namespace {

std::vector<std::string> names_of(const std::string& list) {
  std::vector<std::string> names;
  for (std::size_t at = 0; at <= list.size() && !list.empty();) {
    const std::size_t comma = std::min(list.find(',', at), list.size());
    names.push_back(list.substr(at, comma - at));
    at = comma + 1;
  }
  return names;
}

/// What a gateway with this configuration makes a store with, or has made this one with.
store::Layout layout_of(const StorePlace& place, Disk& disk) {
  std::uint64_t pool_bytes = place.config.store.size_bytes;
  if (pool_bytes == 0)
    if (const auto kept = read_text_file(disk, place.directory + "/size"); kept)
      pool_bytes = std::strtoull(kept->c_str(), nullptr, 10);
  return {.slot_bytes = static_cast<std::uint32_t>(config::slot_bytes(place.config.store, pool_bytes)),
          .frame_alignment = place.config.store.frame_alignment};
}

Result<void> repair(const StorePlace& place, const store::RepairOptions& options, Disk& disk, Random& random) {
  const auto lock = lock_store(place);
  if (!lock) return lock.error();
  // Anew: a gateway may have run until a moment ago.
  const auto plan = store::plan_repair(options, disk, random);
  if (!plan) return plan.error();
  if (plan->nothing_to_do()) return {};
  SilentLog events;
  return store::carry_out(*plan, options, disk, random, events);
}

}  // namespace

int store_repair(const Arguments& arguments) {
  SystemDisk disk;
  SystemRandom random;
  const StorePlace place = store_place(arguments, disk);
  const store::RepairOptions options{place.pool_directory, layout_of(place, disk),
                                     names_of(arguments.get("--streams", ""))};
  const auto plan = store::plan_repair(options, disk, random);
  if (!plan) return failed(without_a_store(plan.error(), place));
  std::fputs(repair_text(*plan).c_str(), stdout);
  if (plan->nothing_to_do()) return kSuccess;
  if (!arguments.has("--yes")) return kFailure;
  std::fflush(stdout);
  if (auto done = repair(place, options, disk, random); !done) return failed(done.error().message);
  std::fputs("repaired\n", stdout);
  return kSuccess;
}

}  // namespace tidegate::cli
