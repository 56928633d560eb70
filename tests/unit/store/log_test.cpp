// The log over a disk in memory: what is promised, call by call. Power cuts by the thousand are in tests/simulation.

#include "gateway/store/log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/store/format.hpp"
#include "gateway/store/manifest.hpp"
#include "tests/simulation/sim_disk.hpp"

namespace tidegate::store {
namespace {

using simulation::Call;
using testing::ElementsAre;

constexpr std::uint32_t kSlotBytes = 64 << 10;
constexpr StreamIndex kSensors{0};
constexpr StreamIndex kAlarms{1};

LogOptions options() {
  LogOptions options;
  options.directory = "/store";
  options.board_id = "board";
  options.slot_bytes = kSlotBytes;
  options.pool_bytes = 8 * kSlotBytes;
  options.streams = {{"sensors", 2 * kSlotBytes, WhenFull::kDropOldest, {"cloud"}},
                     {"alarms", kSlotBytes, WhenFull::kRefuse, {"cloud"}}};
  return options;
}

class LogTest : public testing::Test {
 protected:
  LogTest() { open(); }

  void open() {
    log_.reset();
    auto opened = Log::open(options_, disk_, random_, events_, metrics_);
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    log_ = std::move(*opened);
  }

  Section section(StreamIndex stream, int count, std::size_t payload_bytes = 100) {
    RecordWriter writer(BootId{});
    const std::string filler(payload_bytes, 'p');
    const Offset first = log_->state(stream).next;
    for (int i = 0; i < count; ++i) {
      const std::string payload = std::to_string((first + static_cast<std::uint64_t>(i)).value) + filler;
      writer.add({.topic = "topic",
                  .client = "client",
                  .payload = as_bytes(payload),
                  .properties = {},
                  .received = {},
                  .qos = 1,
                  .retain = false});
    }
    return {stream, first, static_cast<std::uint32_t>(count), writer.take()};
  }

  Result<void> commit(StreamIndex stream, int count, std::size_t payload_bytes = 100) {
    CommitBatch batch;
    batch.sections.push_back(section(stream, count, payload_bytes));
    return log_->commit(batch);
  }

  Result<void> confirm(StreamIndex stream, Offset position) {
    CommitBatch batch;
    batch.cursors.push_back({stream, "cloud", Lane{0}, position, kOpenEnd});
    return log_->commit(batch);
  }

  /// Fills slots with records of about a page each.
  void fill(StreamIndex stream, std::uint32_t slots) {
    for (std::uint32_t i = 0; i < slots * kSlotBytes / 4096; ++i) ASSERT_TRUE(commit(stream, 1, 3500).ok());
  }

  ReadResult read(StreamIndex stream, Offset from, std::size_t max_bytes = 1 << 20) {
    auto result = log_->read(stream, from, max_bytes, {});
    EXPECT_TRUE(result.ok());
    return std::move(*result);
  }

  /// The numbers in the payloads of all records from `from` on.
  std::vector<std::uint64_t> numbers(StreamIndex stream, Offset from) {
    std::vector<std::uint64_t> numbers;
    const ReadResult result = read(stream, from, SIZE_MAX);
    for (const Section& section : result.sections) {
      RecordReader reader(section.records);
      Message message;
      while (reader.next(message)) numbers.push_back(std::stoull(std::string(as_text(message.payload))));
    }
    return numbers;
  }

  void cut_power() {
    disk_.cut_within(1);
    (void)log_->close();
    disk_.restore_power();
  }

  std::uint64_t file_size(const std::string& path) {
    auto file = disk_.open(path, OpenMode::kRead);
    return file.ok() ? (*file)->size().value() : 0;
  }

  LogOptions options_ = options();
  simulation::SimDisk disk_{{.seed = 3}};
  simulation::SeededRandom random_{4};
  SilentLog events_;
  Metrics metrics_;
  std::unique_ptr<Log> log_;
};

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

TEST_F(LogTest, AnotherBoardBeginsANewIncarnationOfEveryStreamAndTheOldRangesStay) {
  ASSERT_TRUE(commit(kSensors, 2).ok());
  const Incarnation before = log_->state(kSensors).incarnations.back().incarnation;
  options_.board_id = "another board";
  open();
  const StreamState state = log_->state(kSensors);
  ASSERT_EQ(state.incarnations.size(), 2U);
  EXPECT_EQ(state.incarnations[0].incarnation, before);
  EXPECT_EQ(state.incarnations[1].first, Offset{2});
  EXPECT_NE(state.incarnations[1].incarnation, before);
  EXPECT_NE(log_->state(kAlarms).incarnations.back().incarnation, state.incarnations[1].incarnation);
}

TEST_F(LogTest, ANewIncarnationIsDurableBeforeItIsTold) {
  ASSERT_TRUE(commit(kSensors, 2).ok());
  const auto begun = log_->begin_incarnation(kSensors);
  ASSERT_TRUE(begun.ok());
  cut_power();
  open();
  EXPECT_EQ(log_->state(kSensors).incarnations.back().incarnation, *begun);
  EXPECT_EQ(log_->state(kSensors).incarnations.back().first, Offset{2});
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
  disk_.fail_once(Call::kName, 1);
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
  EXPECT_EQ(disk_.counters().reads - before, kManifestAreas);
}

TEST_F(LogTest, OptionsOutOfBoundsAreInvalid) {
  log_.reset();
  const auto kind_with = [this](auto change) {
    LogOptions changed = options();
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
