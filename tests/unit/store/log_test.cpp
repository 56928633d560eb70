// The log over a disk in memory: what is promised, call by call. Power cuts by the thousand are in tests/simulation.

#include "gateway/store/log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/store/manifest_areas.hpp"
#include "tests/unit/store/log_bench.hpp"

namespace tidegate::store {
namespace {

using simulation::Call;
using test::kAlarms;
using test::kSensors;
using test::kSlotBytes;
using testing::ElementsAre;

class LogTest : public test::LogBench {};

TEST_F(LogTest, ASmallCommitOfSeveralStreamsIsOneWriteAndOneFlush) {
  CommitBatch batch;
  batch.sections = {section(kSensors, 3), section(kAlarms, 1)};
  batch.cursors = {{kSensors, "cloud", Lane{0}, Offset{0}, kOpenEnd}};
  const simulation::DiskCounters before = disk_.counters();
  ASSERT_TRUE(log_->commit(batch).ok());
  EXPECT_EQ(disk_.counters().calls - before.calls, 2U);
  EXPECT_EQ(disk_.counters().flushes - before.flushes, 1U);
  EXPECT_EQ(disk_.counters().bytes_written - before.bytes_written, 4096U);
}

TEST_F(LogTest, WhatWasCommittedIsReadBackAfterAPowerCut) {
  ASSERT_TRUE(commit(kSensors, 3).ok());
  ASSERT_TRUE(commit(kAlarms, 1).ok());
  ASSERT_TRUE(commit(kSensors, 2).ok());
  cut_power();
  open();
  EXPECT_THAT(numbers(kSensors, Offset{0}), ElementsAre(0, 1, 2, 3, 4));
  EXPECT_THAT(numbers(kAlarms, Offset{0}), ElementsAre(0));
}

TEST_F(LogTest, AReadBeginsAtTheOffsetAskedForAndEndsAtTheLimit) {
  ASSERT_TRUE(commit(kSensors, 10).ok());
  const ReadResult result = read(kSensors, Offset{4}, 250);
  ASSERT_EQ(result.sections.size(), 1U);
  EXPECT_EQ(result.sections[0].first, Offset{4});
  EXPECT_LT(result.sections[0].count, 6U);
  EXPECT_EQ(result.next, Offset{4} + result.sections[0].count);
  EXPECT_EQ(read(kSensors, Offset{10}).next, Offset{10}) << "the end";
  EXPECT_TRUE(read(kSensors, Offset{10}).sections.empty());
}

TEST_F(LogTest, AfterAFailedFlushNothingIsThereUntilTheSameBatchIsDurableElsewhere) {
  ASSERT_TRUE(commit(kSensors, 1).ok());
  CommitBatch batch;
  batch.sections.push_back(section(kSensors, 2));
  disk_.fail_once(Call::kSyncData, 1);
  EXPECT_EQ(log_->commit(batch).error().kind, ErrorKind::kIo);
  EXPECT_EQ(log_->state(kSensors).next, Offset{1});
  EXPECT_THAT(numbers(kSensors, Offset{0}), ElementsAre(0));

  ASSERT_TRUE(log_->commit(batch).ok());
  EXPECT_EQ(disk_.counters().hopeful_flushes, 0U) << "a flush without a new write in between";
  cut_power();
  open();
  EXPECT_THAT(numbers(kSensors, Offset{0}), ElementsAre(0, 1, 2));
}

TEST_F(LogTest, AfterAFailedFlushTheSlotIsNotWrittenAgainEvenByTheNextStart) {
  ASSERT_TRUE(commit(kSensors, 1).ok());
  disk_.fail_once(Call::kSyncData, 1);
  EXPECT_FALSE(commit(kSensors, 2).ok());
  ASSERT_TRUE(log_->close().ok());
  open();
  EXPECT_EQ(log_->state(kSensors).next, Offset{1});
  ASSERT_TRUE(commit(kAlarms, 1).ok());
  cut_power();
  open();
  EXPECT_EQ(log_->state(kSensors).next, Offset{1}) << "what failed and was not tried again does not come back";
}

TEST_F(LogTest, ADropOldestStreamAtItsQuotaGivesUpItsOldestAndNamesThem) {
  fill(kSensors, 4);
  const StreamState state = log_->state(kSensors);
  EXPECT_LE(state.live_bytes, options_.streams[0].quota_bytes);
  EXPECT_GT(state.live_bytes, options_.streams[0].quota_bytes - 8192) << "no more than needed";
  const ReadResult result = read(kSensors, Offset{0});
  ASSERT_EQ(result.skips.size(), 1U);
  EXPECT_EQ(result.skips[0].from, Offset{0});
  EXPECT_EQ(result.skips[0].reason, SkipReason::kEvicted);
  EXPECT_EQ(result.skips[0].to, result.sections.front().first);
}

TEST_F(LogTest, WhatIsTooOldIsDroppedInTheFlushOfTheCommitThatSaysSo) {
  ASSERT_TRUE(commit(kSensors, 5).ok());
  CommitBatch batch;
  batch.sections.push_back(section(kSensors, 1));
  batch.drops = {{kSensors, Offset{3}}};
  const simulation::DiskCounters before = disk_.counters();
  ASSERT_TRUE(log_->commit(batch).ok());
  EXPECT_EQ(disk_.counters().calls - before.calls, 2U);
  EXPECT_EQ(dropped("age", "sensors"), 3U);
  cut_power();
  open();
  EXPECT_EQ(log_->state(kSensors).owed, Offset{3});
  EXPECT_THAT(numbers(kSensors, Offset{0}), ElementsAre(3, 4, 5));
  const ReadResult result = read(kSensors, Offset{0});
  ASSERT_EQ(result.skips.size(), 1U);
  EXPECT_EQ(result.skips[0].to, Offset{3});
  EXPECT_EQ(result.skips[0].reason, SkipReason::kEvicted);
}

TEST_F(LogTest, WhatIsDroppedForItsAgeIsNotDroppedForTheQuotaAsWell) {
  while (dropped("quota", "sensors") == 0) ASSERT_TRUE(commit(kSensors, 1, 3500).ok());
  const std::uint64_t over_quota = dropped("quota", "sensors");
  CommitBatch batch;
  batch.sections.push_back(section(kSensors, 1, 3500));
  batch.drops = {{kSensors, log_->state(kSensors).next}};
  const std::uint64_t owed = log_->state(kSensors).next - log_->state(kSensors).owed;
  ASSERT_TRUE(log_->commit(batch).ok());
  EXPECT_EQ(dropped("age", "sensors"), owed);
  EXPECT_EQ(dropped("quota", "sensors"), over_quota);
}

TEST_F(LogTest, WhatIsDeliveredIsNotCountedAsTooOld) {
  ASSERT_TRUE(commit(kSensors, 5).ok());
  ASSERT_TRUE(confirm(kSensors, Offset{4}).ok());
  CommitBatch batch;
  batch.drops = {{kSensors, Offset{3}}};
  ASSERT_TRUE(log_->commit(batch).ok());
  EXPECT_EQ(dropped("age", "sensors"), 0U);
  EXPECT_EQ(log_->state(kSensors).owed, Offset{4});
}

TEST_F(LogTest, APoolThatIsFullOfWhatMayNotBeDroppedTakesWhatIsTooOldAndThenRecords) {
  options_.streams[1].quota_bytes = 64 * kSlotBytes;  // more than there is
  open();
  while (commit(kAlarms, 1, 3500).ok()) {
  }
  CommitBatch batch;
  batch.drops = {{kAlarms, Offset{40}}};
  ASSERT_TRUE(log_->commit(batch).ok());
  EXPECT_EQ(dropped("age", "alarms"), 40U);
  EXPECT_TRUE(log_->has_room(kAlarms, 4000));
  EXPECT_TRUE(commit(kAlarms, 1, 3500).ok());
  cut_power();
  open();
  EXPECT_EQ(numbers(kAlarms, Offset{0}).front(), 40U);
}

TEST_F(LogTest, ARefusingStreamSaysSoAndHasRoomAgainWhenItIsDelivered) {
  EXPECT_TRUE(log_->has_room(kAlarms, 100));
  while (log_->has_room(kAlarms, 4000)) ASSERT_TRUE(commit(kAlarms, 1, 3500).ok());
  EXPECT_TRUE(log_->has_room(kAlarms, 1));
  EXPECT_TRUE(read(kAlarms, Offset{0}).skips.empty()) << "nothing dropped";
  ASSERT_TRUE(confirm(kAlarms, log_->state(kAlarms).next).ok());
  EXPECT_TRUE(log_->has_room(kAlarms, 4000));
}

TEST_F(LogTest, APoolThatIsFullOfWhatMayNotBeDroppedTakesCursorsAndThenRecords) {
  options_.streams[1].quota_bytes = 64 * kSlotBytes;  // more than there is
  open();
  Result<void> committed;
  while (committed.ok()) committed = commit(kAlarms, 1, 3500);
  EXPECT_EQ(committed.error().kind, ErrorKind::kNoSpace);
  EXPECT_FALSE(log_->has_room(kAlarms, 4000));
  const Offset next = log_->state(kAlarms).next;
  ASSERT_TRUE(confirm(kAlarms, next).ok());
  EXPECT_TRUE(log_->has_room(kAlarms, 4000));
  EXPECT_TRUE(commit(kAlarms, 1, 3500).ok());
}

TEST_F(LogTest, WhatIsOwedIsCopiedForwardWhileTheSlotsAroundItAreUsedAgain) {
  ASSERT_TRUE(commit(kAlarms, 3).ok());
  for (int round = 0; round < 10; ++round) {
    fill(kSensors, 3);
    ASSERT_TRUE(commit(kAlarms, 1).ok());
  }
  EXPECT_LE(file_size("/store/pool"), kFirstSlotAt + options_.pool_bytes);
  EXPECT_THAT(numbers(kAlarms, Offset{0}), ElementsAre(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12));
  cut_power();
  open();
  EXPECT_THAT(numbers(kAlarms, Offset{0}), ElementsAre(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12));
}

TEST_F(LogTest, AFullFileSystemKeepsThePoolAsItIsAndGoesOn) {
  disk_.set_capacity(disk_.used_bytes());
  fill(kSensors, 10);
  EXPECT_EQ(file_size("/store/pool"), kFirstSlotAt + 3 * kSlotBytes);
  const auto found = numbers(kSensors, Offset{0});
  ASSERT_FALSE(found.empty());
  EXPECT_EQ(found.back() + 1, log_->state(kSensors).next.value);
}

TEST_F(LogTest, ARottenFrameIsSteppedOverNamedAndSetAside) {
  ASSERT_TRUE(commit(kSensors, 2).ok());
  ASSERT_TRUE(commit(kSensors, 3).ok());
  ASSERT_TRUE(commit(kSensors, 2).ok());
  // The settled start wrote no frame, so these are the first three of the first slot.
  disk_.rot("/store/pool", kFirstSlotAt + 4096 + 100, 50);
  for (const bool started_again : {false, true}) {
    if (started_again) open();
    const ReadResult result = read(kSensors, Offset{0});
    ASSERT_EQ(result.skips.size(), 1U) << started_again;
    EXPECT_EQ(result.skips[0].from, Offset{2});
    EXPECT_EQ(result.skips[0].to, Offset{5});
    EXPECT_EQ(result.skips[0].reason, SkipReason::kCorrupt);
    EXPECT_THAT(numbers(kSensors, Offset{0}), ElementsAre(0, 1, 5, 6));
  }
  EXPECT_THAT(*disk_.list("/store/quarantine"), ElementsAre("rot-" + std::to_string(kFirstSlotAt + 4096)));
}

TEST_F(LogTest, StartsWithANewPoolWhateverIsThereInstead) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{100}, std::size_t{kFirstSlotAt + kSlotBytes}}) {
    log_.reset();
    auto pool = disk_.open("/store/pool", OpenMode::kCreate);
    ASSERT_TRUE(pool.ok());
    ASSERT_TRUE((*pool)->write_at(0, Buffer(size, std::byte{0x5A})).ok());
    open();
    EXPECT_TRUE(commit(kSensors, 1).ok());
  }
  EXPECT_THAT(*disk_.list("/store"), ElementsAre("pool", "pool.bad-1", "pool.bad-2", "pool.bad-3"));
}

TEST_F(LogTest, ADiskThatDoesNotAnswerNeverCostsThePool) {
  ASSERT_TRUE(commit(kSensors, 2).ok());
  log_.reset();
  disk_.fail_once(Call::kOpenToWrite, 1);
  EXPECT_EQ(Log::open(options_, disk_, random_, events_, metrics_).error().kind, ErrorKind::kIo);
  open();
  EXPECT_THAT(numbers(kSensors, Offset{0}), ElementsAre(0, 1));
}

TEST_F(LogTest, AStartWhoseFlushFailsCostsNothing) {
  ASSERT_TRUE(commit(kSensors, 2).ok());
  log_.reset();
  disk_.fail_once(Call::kSyncData, 1);
  EXPECT_EQ(Log::open(options_, disk_, random_, events_, metrics_).error().kind, ErrorKind::kIo);
  disk_.fail_once(Call::kSyncData, 2);  // that of the newest frame's copy
  open();
  cut_power();
  open();
  EXPECT_THAT(numbers(kSensors, Offset{0}), ElementsAre(0, 1));
}

TEST_F(LogTest, ADiskThatTurnsReadOnlyIsReadAndTakesNothingUntilItIsWellAgain) {
  ASSERT_TRUE(commit(kSensors, 2).ok());
  disk_.set_read_only(true);
  EXPECT_EQ(commit(kSensors, 1).error().kind, ErrorKind::kReadOnly);
  EXPECT_THAT(numbers(kSensors, Offset{0}), ElementsAre(0, 1));
  disk_.set_read_only(false);
  ASSERT_TRUE(commit(kSensors, 1).ok());
  EXPECT_THAT(numbers(kSensors, Offset{0}), ElementsAre(0, 1, 2));
}

TEST_F(LogTest, AStartOnAReadOnlyDiskReadsWhatIsThereAndSaysWhyItTakesNothing) {
  ASSERT_TRUE(commit(kSensors, 2).ok());
  ASSERT_TRUE(commit(kAlarms, 1).ok());
  log_.reset();
  disk_.set_read_only(true);
  open();
  EXPECT_THAT(numbers(kSensors, Offset{0}), ElementsAre(0, 1));
  EXPECT_THAT(numbers(kAlarms, Offset{0}), ElementsAre(0));
  EXPECT_EQ(commit(kSensors, 1).error().kind, ErrorKind::kReadOnly);
  EXPECT_THAT(log_->settle().error().message, testing::HasSubstr("read-only"));
  EXPECT_TRUE(log_->is_read_only());
  EXPECT_TRUE(log_->close().ok()) << "nothing was promised";
  disk_.set_read_only(false);
  open();
  EXPECT_FALSE(log_->is_read_only());
  ASSERT_TRUE(log_->settle().ok());
  ASSERT_TRUE(commit(kSensors, 1).ok());
  EXPECT_THAT(numbers(kSensors, Offset{0}), ElementsAre(0, 1, 2));
}

TEST_F(LogTest, AStartThatMayNotMakeAPoolIsEmptyAndTakesNothing) {
  log_.reset();
  options_.directory = "/other";
  disk_.set_read_only(true);
  open();
  EXPECT_EQ(log_->state(kSensors).next, Offset{0});
  EXPECT_TRUE(log_->read(kSensors, Offset{0}, 1000, {}).ok());
  EXPECT_EQ(commit(kSensors, 1).error().kind, ErrorKind::kReadOnly);
  disk_.set_read_only(false);
  open();
  EXPECT_TRUE(commit(kSensors, 1).ok());
}

TEST_F(LogTest, NothingIsPromisedBeforeThePoolsNameIsDurable) {
  log_.reset();
  for (std::uint64_t call = 1; call <= 4; ++call) disk_.fail_once(Call::kSyncDirectory, 1);
  options_.directory = "/other";
  open();
  EXPECT_FALSE(commit(kSensors, 1).ok()) << "the fourth try";
  ASSERT_TRUE(commit(kSensors, 1).ok());
  cut_power();
  open();
  EXPECT_THAT(numbers(kSensors, Offset{0}), ElementsAre(0));
}

TEST_F(LogTest, AStreamThatIsGoneFromTheConfigurationKeepsItsOffsetsWhileItIsOwed) {
  ASSERT_TRUE(commit(kSensors, 2).ok());
  const std::vector<StreamOptions> both = options_.streams;
  options_.streams = {both[1]};
  open();
  options_.streams = both;
  open();
  EXPECT_THAT(numbers(kSensors, Offset{0}), ElementsAre(0, 1));
}

TEST_F(LogTest, ANewUpstreamIsOwedWhatIsStillThere) {
  ASSERT_TRUE(commit(kSensors, 2).ok());
  ASSERT_TRUE(confirm(kSensors, Offset{2}).ok());
  options_.streams[0].upstreams = {"cloud", "plant"};
  open();
  const StreamState state = log_->state(kSensors);
  ASSERT_EQ(state.cursors.size(), 2U);
  EXPECT_EQ(state.cursors[0].position, Offset{2});
  EXPECT_EQ(state.cursors[1].position, Offset{0});
}

TEST_F(LogTest, RefusesABatchThatDoesNotContinueItsStreamOrIsTooLarge) {
  CommitBatch batch;
  batch.sections.push_back(section(kSensors, 2));
  batch.sections[0].first = Offset{1};
  EXPECT_EQ(log_->commit(batch).error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(commit(kSensors, 1, kSlotBytes).error().kind, ErrorKind::kTooLarge);
  batch.sections = {section(kSensors, 1), section(kSensors, 1)};
  EXPECT_EQ(log_->commit(batch).error().kind, ErrorKind::kInvalid);
  EXPECT_TRUE(commit(kSensors, 1).ok());
}

TEST_F(LogTest, AnOutdatedHintCostsTimeOnly) {
  fill(kSensors, 1);
  for (const ReadHint hint : {ReadHint{0, 99, 4096}, ReadHint{77, 0, 0}, ReadHint{0, 0, 12345}}) {
    const auto result = log_->read(kSensors, Offset{3}, 1, hint);
    ASSERT_TRUE(result.ok());
    EXPECT_EQ(result->sections.at(0).first, Offset{3});
  }
}

TEST_F(LogTest, AStartAfterCloseReadsNoTail) {
  fill(kSensors, 1);
  ASSERT_TRUE(log_->close().ok());
  const std::uint64_t before = disk_.counters().reads;
  open();
  EXPECT_EQ(disk_.counters().reads - before, kManifestAreas * kManifestCopies);
}

TEST_F(LogTest, OptionsOutOfBoundsAreInvalid) {
  log_.reset();
  const auto kind_with = [this](auto change) {
    LogOptions changed = test::options();
    change(changed);
    const auto opened = Log::open(changed, disk_, random_, events_, metrics_);
    return opened.ok() ? std::optional<ErrorKind>() : opened.error().kind;
  };
  EXPECT_EQ(kind_with([](LogOptions& o) { o.frame_alignment = 3000; }), ErrorKind::kInvalid);
  EXPECT_EQ(kind_with([](LogOptions& o) { o.slot_bytes = 4096; }), ErrorKind::kInvalid);
  EXPECT_EQ(kind_with([](LogOptions& o) { o.pool_bytes = 3 * kSlotBytes; }), ErrorKind::kInvalid);
  EXPECT_EQ(kind_with([](LogOptions& o) { o.pool_bytes = 2000ULL * kSlotBytes; }), ErrorKind::kInvalid);
  EXPECT_EQ(kind_with([](LogOptions& o) { o.streams[0].name = ""; }), ErrorKind::kInvalid);
}

}  // namespace
}  // namespace tidegate::store
