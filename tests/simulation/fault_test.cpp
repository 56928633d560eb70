#include <gtest/gtest.h>

#include "tests/simulation/watched_log.hpp"

// A call that fails once, at every place in turn; and a disk that is full. The watched log finds what is lost or
// acknowledged too early, and a flush that is tried again as if it could succeed.

namespace tidegate::simulation {
namespace {

constexpr std::uint32_t kSlotBytes = 64 << 10;
constexpr std::uint64_t kPayloadBytes = 400;
constexpr int kCommits = 60;
constexpr std::uint64_t kFramesOfASlot = kSlotBytes / 4096;  // of commits that fit into one page

store::LogOptions options(store::WhenFull when_full) {
  store::LogOptions options;
  options.directory = "/store";
  options.board_id = "board";
  options.pool_bytes = 8 * kSlotBytes;
  options.slot_bytes = kSlotBytes;
  for (const char* name : {"a", "b"}) options.streams.push_back({name, 2 * kSlotBytes, when_full, {"cloud"}});
  return options;
}

class Faults : public ::testing::Test {
 protected:
  void begin(std::uint64_t seed, store::WhenFull when_full = store::WhenFull::kDropOldest, Unrest unrest = {}) {
    disk_ = std::make_unique<SimDisk>(SimDiskOptions{.seed = seed});
    random_ = SeededRandom(seed);
    log_ = std::make_unique<WatchedLog>(options(when_full), kPayloadBytes, *disk_, random_, events_, seed, unrest);
    log_->open();
  }

  void commit() {
    for (std::size_t stream = 0; stream < log_->streams() && !log_->waiting(); ++stream)
      log_->append(stream, {random_.next(), random_.next()});
    log_->commit();
  }

  void move_cursors() {
    for (std::size_t stream = 0; stream < log_->streams(); ++stream)
      log_->move_cursor(stream, "cloud", log_->promises(stream).next());
  }

  void confirm_everything() {
    move_cursors();
    log_->commit_cursors();
  }

  void cut_the_power() {
    disk_->cut_within(1);
    log_->read(0, {}, 1);
  }

  std::uint64_t acknowledged() const { return log_->promises(0).next().value; }

  void expect_sound(const std::string& where) {
    EXPECT_TRUE(log_->sound()) << where << ": " << log_->outcome().violation.value_or("");
  }

  std::unique_ptr<SimDisk> disk_;
  SeededRandom random_{0};
  SilentLog events_;
  std::unique_ptr<WatchedLog> log_;
};

TEST_F(Faults, ACallThatFailsOnceCostsNothingThatWasAcknowledged) {
  for (std::size_t call = 0; call < kCalls; ++call)
    for (std::uint64_t place = 1; place <= kCommits; ++place) {
      begin(place);
      disk_->fail_once(static_cast<Call>(call), place, place % 2 == 0 ? ErrorKind::kIo : ErrorKind::kNoSpace);
      for (int i = 0; i < kCommits; ++i) commit();
      log_->open();
      for (int i = 0; i < 3; ++i) commit();
      cut_the_power();
      EXPECT_GT(acknowledged(), 0U);
      expect_sound("call " + std::to_string(call) + ", place " + std::to_string(place));
    }
}

TEST_F(Faults, AFlushThatFailsBeforeTheProcessEndsLeavesNothingUncertain) {
  for (std::uint64_t place = 1; place <= kCommits; ++place) {
    begin(place);
    disk_->fail_once(Call::kSyncData, place);
    while (disk_->counters().faults == 0 && log_->sound()) commit();
    log_->open();  // what the page cache shows may not be on the disk
    commit();
    cut_the_power();
    expect_sound("place " + std::to_string(place));
  }
}

// The copy of the newest frame that the next start makes does not fit behind it: it goes to another slot, and one power
// cut must neither lose the frame nor leave a manifest that counts on it.
TEST_F(Faults, AFlushThatFailsAtTheEndOfASlotAndPowerCutsInTheNextStartsCostNothing) {
  constexpr Unrest kOnlyAsAsked{.cut_opens_percent = 0, .max_calls_to_cut = 1, .program_only_percent = 0};
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    begin(seed, store::WhenFull::kDropOldest, kOnlyAsAsked);
    disk_->fail_once(Call::kSyncData, kFramesOfASlot * random_.between(1, 3));
    while (disk_->counters().faults == 0 && log_->sound()) commit();
    disk_->cut_within(random_.between(10, 18));
    log_->open();
    expect_sound("seed " + std::to_string(seed));
  }
}

// Each start at the end of a slot takes a slot for its copy, and no commit has made sure of another meanwhile.
TEST_F(Faults, AFrameThatFailedIsNotBelievedWhereNoSlotIsFreeForItsCopy) {
  constexpr Unrest kOnlyAsAsked{.cut_opens_percent = 0, .max_calls_to_cut = 1, .program_only_percent = 0};
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    begin(seed, store::WhenFull::kDropOldest, kOnlyAsAsked);
    commit();
    for (std::uint64_t starts = seed % 8; starts > 0; --starts) {
      for (std::uint64_t frames = 1; frames < kFramesOfASlot; ++frames) commit();
      log_->open();
    }
    for (std::uint64_t frames = 2; frames < kFramesOfASlot; ++frames) commit();
    disk_->fail_once(Call::kSyncData, 1);
    commit();
    log_->open();
    cut_the_power();
    expect_sound("seed " + std::to_string(seed));
  }
}

TEST_F(Faults, WhatCannotBeReadForAWhileIsNotGivenUpAsRotten) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    begin(seed);
    for (int i = 0; i < kCommits; ++i) commit();
    disk_->set_readable(false);
    log_->read(0, {}, kSlotBytes);
    for (int i = 0; i < kCommits; ++i) commit();
    disk_->set_readable(true);
    log_->read_all(0, {});
    expect_sound("seed " + std::to_string(seed));
  }
}

TEST_F(Faults, AStartThatCannotReadGivesNothingUp) {
  for (std::uint64_t place = 1; place <= 12; ++place) {
    begin(place);
    for (int i = 0; i < kCommits; ++i) commit();
    disk_->fail_once(Call::kRead, place);
    disk_->fail_once(Call::kRead, place);
    disk_->fail_once(Call::kOpenToWrite, place);
    log_->open();
    expect_sound("place " + std::to_string(place));
  }
}

TEST_F(Faults, AFullDiskDropsTheOldestOfAStreamThatMay) {
  begin(1, store::WhenFull::kDropOldest);
  commit();
  disk_->set_capacity(disk_->used_bytes());
  for (int i = 0; i < 20 * kCommits; ++i) commit();
  log_->read_all(0, {});
  expect_sound("full disk");
  EXPECT_GT(acknowledged(), 2U * 19 * kCommits) << "goes on, with the newest";
  EXPECT_GT(log_->outcome().evictions, 0U);
}

TEST_F(Faults, AFullDiskRefusesAndGoesOnWhenSpaceReturns) {
  begin(1, store::WhenFull::kRefuse);
  commit();
  disk_->set_capacity(disk_->used_bytes());
  for (int i = 0; i < 20 * kCommits; ++i) commit();
  const std::uint64_t taken = acknowledged();
  EXPECT_LT(taken, 2U * 19 * kCommits) << "withheld";
  log_->read_all(0, {});
  log_->read_all(1, {});
  confirm_everything();
  commit();
  EXPECT_GT(acknowledged(), taken);
  expect_sound("full disk");
}

}  // namespace
}  // namespace tidegate::simulation
