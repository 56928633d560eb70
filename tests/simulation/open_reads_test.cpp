#include <gtest/gtest.h>

#include "tests/simulation/watched_log.hpp"

namespace tidegate::simulation {
namespace {

constexpr std::uint32_t kSlotBytes = 256 << 10;
constexpr std::uint64_t kPayloadBytes = 4000;
constexpr std::size_t kBatchRecords = 30;  // about 60 kB

/// Reads that the open after an end without close() takes when about `backlog_bytes` are owed.
std::uint64_t reads_to_open(std::uint64_t backlog_bytes) {
  store::LogOptions options;
  options.directory = "/store";
  options.board_id = "board";
  options.pool_bytes = 48 << 20;
  options.slot_bytes = kSlotBytes;
  options.streams.push_back({"a", 40 << 20, store::WhenFull::kRefuse, {"cloud"}});
  SimDisk disk({.seed = backlog_bytes});
  SeededRandom random(backlog_bytes);
  SilentLog events;
  WatchedLog log(options, kPayloadBytes, disk, random, events, backlog_bytes);
  log.expect_success();
  log.open();
  while (log.appended_bytes() < backlog_bytes && log.sound()) {
    std::vector<std::uint64_t> numbers(kBatchRecords);
    for (std::uint64_t& number : numbers) number = random.next();
    log.append(0, numbers);
    log.commit();
  }
  log.open();
  EXPECT_TRUE(log.sound()) << log.outcome().violation.value_or("");
  return log.outcome().most_reads_in_open;
}

TEST(Open, ReadsAFixedNumberOfTimesWhateverTheBacklog) {
  const std::uint64_t little = reads_to_open(1 << 20);
  EXPECT_EQ(reads_to_open(8 << 20), little);
  EXPECT_EQ(reads_to_open(32 << 20), little);
  EXPECT_LE(little, 16U);
}

}  // namespace
}  // namespace tidegate::simulation
