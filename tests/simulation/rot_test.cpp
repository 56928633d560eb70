#include <gtest/gtest.h>

#include "gateway/store/manifest.hpp"
#include "tests/simulation/watched_log.hpp"

namespace tidegate::simulation {
namespace {

constexpr std::uint32_t kSlotBytes = 64 << 10;
constexpr std::uint32_t kPageBytes = 4096;
constexpr int kCommits = 12;  // a page each, in the first slot

TEST(Rot, CostsTheRecordsOfOneFrameAndIsNamed) {
  for (std::uint64_t page = 0; page < kCommits - 1; ++page) {
    store::LogOptions options;
    options.directory = "/store";
    options.board_id = "board";
    options.pool_bytes = 8 * kSlotBytes;
    options.slot_bytes = kSlotBytes;
    options.streams.push_back({"a", kSlotBytes, store::WhenFull::kRefuse, {"cloud"}});
    SimDisk disk({.seed = page});
    SeededRandom random(page);
    SilentLog events;
    WatchedLog log(options, 100, disk, random, events, page);
    log.expect_success();
    log.open();
    for (int i = 0; i < kCommits; ++i) {
      log.append(0, {random.next(), random.next()});
      log.commit();
    }
    disk.rot("/store/pool", store::kFirstSlotAt + page * kPageBytes + random.below(100), 1);
    log.allow_rot(0, {2 * page}, {2 * page + 2});
    log.open();
    EXPECT_TRUE(log.sound()) << "page " << page << ": " << log.outcome().violation.value_or("");
    EXPECT_EQ(log.outcome().rotten_records, 2U) << "page " << page;
  }
}

}  // namespace
}  // namespace tidegate::simulation
