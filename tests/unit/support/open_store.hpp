#pragma once

#include <memory>

#include "gateway/store/store.hpp"
#include "tests/simulation/seeded_random.hpp"
#include "tests/unit/support/memory_disk.hpp"
#include "tests/unit/support/turns.hpp"

namespace tidegate::test {

/// A store with its real threads over files in memory, and everything it stands on.
struct StoreBench {
  MemoryDisk disk;
  ManualClock clock;
  simulation::SeededRandom random{42};
  SilentLog events;
  Metrics metrics;
  Turns turns;
  std::unique_ptr<store::Store> store;

  static store::StoreOptions options() {
    store::StoreOptions options;
    options.log.directory = "/store";
    options.log.board_id = "board";
    options.log.slot_bytes = 64 << 10;
    options.log.pool_bytes = 16 * options.log.slot_bytes;
    options.log.streams = {{"sensors", 256 << 10, store::WhenFull::kDropOldest, {"cloud"}},
                           {"alarms", 8 << 10, store::WhenFull::kRefuse, {"cloud"}}};
    return options;
  }

  void open(const store::StoreOptions& wanted = options()) {
    auto opened = store::Store::open(wanted, disk, clock, random, events, metrics, turns.executor());
    store = std::move(opened).value();
  }

  ~StoreBench() {
    disk.release();
    if (store) (void)store->close();
  }
};

inline constexpr StreamIndex kSensors{0};
inline constexpr StreamIndex kAlarms{1};

inline store::Message message(std::string_view topic, std::string_view payload) {
  return {topic, "client", as_bytes(payload), {}, {}, 1, false};
}

}  // namespace tidegate::test
