#include "gateway/store/repair.hpp"

#include <gmock/gmock.h>

#include "gateway/store/store_view.hpp"
#include "tests/unit/store/log_bench.hpp"

namespace tidegate::store {
namespace {

using test::kAlarms;
using test::kSensors;
using test::kSlotBytes;

class RepairTest : public test::LogBench {
 protected:
  RepairPlan plan() {
    auto made = plan_repair(repair_, disk_, random_);
    EXPECT_TRUE(made.ok()) << made.error().message;
    return made.ok() ? std::move(*made) : RepairPlan{};
  }
  /// The log is ended first, and afterwards everything is well.
  void repair() {
    log_.reset();
    const auto done = carry_out(plan(), repair_, disk_, random_, events_);
    ASSERT_TRUE(done.ok()) << done.error().message;
    EXPECT_TRUE(plan().nothing_to_do());
  }
  void lose_manifests() {
    log_.reset();
    disk_.rot("/store/pool", 0, kFirstSlotAt);
  }
  void rot_page(std::uint64_t page) { disk_.rot("/store/pool", kFirstSlotAt + page * 4096 + 100, 1); }

  static std::vector<std::uint64_t> range(std::uint64_t from, std::uint64_t to) {
    std::vector<std::uint64_t> numbers;
    for (; from < to; ++from) numbers.push_back(from);
    return numbers;
  }

  RepairOptions repair_{"/store", {kSlotBytes, 4096}, {"sensors", "alarms"}};
};

TEST_F(RepairTest, ASoundStoreNeedsNone) {
  ASSERT_TRUE(commit(kSensors, 3).ok());
  EXPECT_TRUE(plan().nothing_to_do());
  EXPECT_EQ(plan_repair({"/elsewhere", {}, {}}, disk_, random_).error().kind, ErrorKind::kNotFound);
}

TEST_F(RepairTest, APlanChangesNothing) {
  ASSERT_TRUE(commit(kSensors, 3).ok());
  ASSERT_TRUE(commit(kSensors, 3).ok());
  rot_page(0);
  const simulation::DiskCounters before = disk_.counters();
  EXPECT_FALSE(plan().nothing_to_do());
  lose_manifests();
  EXPECT_FALSE(plan().nothing_to_do());
  EXPECT_EQ(disk_.counters().bytes_written, before.bytes_written);
  EXPECT_EQ(disk_.counters().flushes, before.flushes);
  EXPECT_FALSE(disk_.list("/store/quarantine").ok());
}

TEST_F(RepairTest, EmptiesASlotWithRotKeepsTheRestOfItAndNamesTheLoss) {
  for (int i = 0; i < 6; ++i) ASSERT_TRUE(commit(kSensors, 2).ok());
  ASSERT_TRUE(log_->close().ok());
  rot_page(2);
  repair();
  EXPECT_EQ(disk_.list("/store/quarantine")->size(), 1U);
  disk_.cut_within(1);
  (void)disk_.list("/store");
  disk_.restore_power();
  open();
  EXPECT_EQ(numbers(kSensors, Offset{0}), (std::vector<std::uint64_t>{0, 1, 2, 3, 6, 7, 8, 9, 10, 11}));
  const ReadResult read = this->read(kSensors, Offset{0});
  ASSERT_EQ(read.skips.size(), 1U);
  EXPECT_EQ(read.skips[0].reason, SkipReason::kCorrupt);
  EXPECT_EQ(read.skips[0].from, Offset{4});
  EXPECT_EQ(read.skips[0].to, Offset{6});
}

TEST_F(RepairTest, OfASlotThatOwesNothingToo) {
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(commit(kSensors, 2).ok());
  ASSERT_TRUE(confirm(kSensors, Offset{6}).ok());
  ASSERT_TRUE(log_->close().ok());
  rot_page(0);
  repair();
  open();
  EXPECT_EQ(log_->state(kSensors).next, Offset{6});
  EXPECT_TRUE(commit(kSensors, 1).ok());
}

TEST_F(RepairTest, AFullPoolHasRoomForIt) {
  options_.streams[0].when_full = options_.streams[1].when_full = WhenFull::kRefuse;
  for (StreamOptions& stream : options_.streams) stream.quota_bytes = 0;
  open();
  while (commit(kSensors, 1, 3500).ok()) {
  }
  const std::uint64_t stored = log_->state(kSensors).next.value;
  ASSERT_TRUE(log_->close().ok());
  for (std::uint64_t slot = 0; slot < 3; ++slot) rot_page(slot * kSlotBytes / 4096 + 3);
  std::uint64_t lost = 0;
  for (const LostRecords& range : plan().found.lost) lost += range.to - range.from;
  ASSERT_GT(lost, 0U);
  repair();
  open();
  EXPECT_EQ(numbers(kSensors, Offset{0}).size(), stored - lost);
}

TEST_F(RepairTest, WritesTheManifestsThatAreBad) {
  ASSERT_TRUE(commit(kSensors, 2).ok());
  open();
  open();  // now there are three
  ASSERT_TRUE(log_->close().ok());
  disk_.rot("/store/pool", manifest_at(0, 0) + 70, 1);
  disk_.rot("/store/pool", manifest_at(1, 1) + 70, 1);
  disk_.rot("/store/pool", manifest_at(2, 0) + 70, 1);
  EXPECT_EQ(plan().found.bad_areas.size(), 3U);
  repair();
  open();
  EXPECT_EQ(numbers(kSensors, Offset{0}), range(0, 2));
}

TEST_F(RepairTest, WhatThePoolIsTooShortForIsNamedAndGivenUp) {
  fill(kSensors, 1);
  ASSERT_TRUE(commit(kSensors, 2).ok());  // in the second slot
  ASSERT_TRUE(log_->close().ok());
  Buffer head(kFirstSlotAt + kSlotBytes);
  ASSERT_TRUE((*disk_.open("/store/pool", OpenMode::kRead))->read_at(0, head).ok());
  ASSERT_TRUE((*disk_.open("/store/pool", OpenMode::kCreate))->write_at(0, head).ok());
  const Verification found = plan().found;
  ASSERT_EQ(found.lost.size(), 1U);
  EXPECT_EQ(found.lost[0].slot, 1U);
  EXPECT_TRUE(found.lost[0].owed);
  repair();
}

TEST_F(RepairTest, WithoutAManifestItIsMadeFromTheFrames) {
  options_.streams[0].quota_bytes = 4 * kSlotBytes;
  open();
  ASSERT_TRUE(commit(kAlarms, 3).ok());
  for (int round = 0; round < 9; ++round) {  // slots are used again, and alarms copied forward
    fill(kSensors, 1);
    ASSERT_TRUE(confirm(kSensors, log_->state(kSensors).next).ok());
  }
  fill(kSensors, 2);
  ASSERT_TRUE(commit(kSensors, 1).ok());
  ASSERT_TRUE(commit(kSensors, 1).ok());
  const StreamState sensors = log_->state(kSensors);
  const StreamState alarms = log_->state(kAlarms);
  const Offset confirmed = sensors.cursors[0].position;
  const std::vector<std::uint64_t> owed = numbers(kSensors, confirmed);
  ASSERT_FALSE(owed.empty());

  lose_manifests();
  const RepairPlan planned = plan();
  EXPECT_EQ(planned.no_manifest, "no manifest");
  EXPECT_EQ(planned.rebuilt->topics.at(StreamId{0}), "topic");
  repair();
  open();
  EXPECT_EQ(numbers(kSensors, confirmed), owed);
  EXPECT_EQ(numbers(kAlarms, Offset{0}), range(0, 3));
  EXPECT_EQ(log_->state(kSensors).cursors[0].position, confirmed);
  EXPECT_EQ(log_->state(kSensors).next, sensors.next);
  // The names under which everything was delivered, and after them that of the new start.
  const auto names = log_->state(kSensors).incarnations;
  EXPECT_EQ(names[names.size() - 2].incarnation, sensors.incarnations.back().incarnation);
  EXPECT_EQ(log_->state(kAlarms).incarnations[0].incarnation, alarms.incarnations[0].incarnation);
}

TEST_F(RepairTest, WithoutAManifestAFrameThatRotsIsNotBelieved) {
  for (int i = 0; i < 6; ++i) ASSERT_TRUE(commit(kSensors, 2).ok());
  for (const std::uint64_t page : {0U, 3U, 5U}) rot_page(page);
  lose_manifests();
  repair();
  open();
  EXPECT_EQ(numbers(kSensors, Offset{0}), (std::vector<std::uint64_t>{2, 3, 4, 5, 8, 9}));
}

// What lies behind it is of an earlier use: every upstream has it, and its offsets may be taken by now.
TEST_F(RepairTest, WithoutAManifestAFrameThatIsAloneInItsSlotIsNotBelievedNorWhatLiesBehindIt) {
  options_.pool_bytes = 4 * kSlotBytes;
  options_.streams[0].quota_bytes = kSlotBytes;
  open();
  const auto active = [&] {
    const auto seen = StoreView::open("/store", disk_);
    return (*seen)->manifest().tail.slot;
  };
  std::set<std::uint32_t> left;
  for (bool reused = false, deliver = false; !reused; deliver = !deliver) {
    const std::uint32_t before = active();
    ASSERT_TRUE((deliver ? confirm(kSensors, log_->state(kSensors).next) : commit(kSensors, 1)).ok());
    if (active() == before) continue;
    left.insert(before);
    reused = left.contains(active());
  }
  const Offset next = log_->state(kSensors).next;
  lose_manifests();
  const RepairPlan planned = plan();
  EXPECT_EQ(planned.rebuilt->unproven.size(), 1U);
  EXPECT_LE(planned.rebuilt->manifest.streams[0].next, next);
}

TEST_F(RepairTest, StreamsWithoutANameAreKeptUnderANumber) {
  ASSERT_TRUE(commit(kSensors, 1).ok());
  ASSERT_TRUE(commit(kAlarms, 1).ok());
  lose_manifests();
  repair_.stream_names = {"sensors"};
  repair();
  const auto seen = StoreView::open("/store", disk_);
  EXPECT_TRUE((*seen)->find("sensors"));
  EXPECT_TRUE((*seen)->find("recovered-1"));
}

/// One store with rot, and with manifests or without, that is repaired while the power goes.
class CutRepair : public RepairTest {
 public:
  explicit CutRepair(bool manifests_lost) {
    for (int i = 0; i < 6; ++i) EXPECT_TRUE(commit(kSensors, 2).ok());
    EXPECT_TRUE(log_->close().ok());
    rot_page(2);
    if (manifests_lost) lose_manifests();
    log_.reset();
  }
  /// Whether it was done before the power went.
  bool repair_within(std::uint64_t calls) {
    const RepairPlan planned = plan();
    disk_.cut_within(calls);
    const bool done = carry_out(planned, repair_, disk_, random_, events_).ok();
    disk_.cancel_cut();
    disk_.restore_power();
    return done;
  }
  std::vector<std::uint64_t> numbers_after_start() {
    open();
    return numbers(kSensors, Offset{0});
  }
  void TestBody() override {}
};

const std::vector<std::uint64_t> kAllButTheRotten{0, 1, 2, 3, 6, 7, 8, 9, 10, 11};

TEST(RepairWhenThePowerGoes, LosesNothingMore) {
  bool done = false;
  for (std::uint64_t calls = 1; !done; ++calls) {
    CutRepair store(false);
    done = store.repair_within(calls);
    EXPECT_EQ(store.numbers_after_start(), kAllButTheRotten) << "cut in call " << calls;
  }
}

TEST(RepairWhenThePowerGoes, AManifestThatWasNotThereCanBeMadeAgain) {
  bool done = false;
  for (std::uint64_t calls = 1; !done; ++calls) {
    CutRepair store(true);
    done = store.repair_within(calls);
    ASSERT_TRUE(store.repair_within(UINT32_MAX)) << "cut in call " << calls;
    EXPECT_EQ(store.numbers_after_start(), kAllButTheRotten) << "cut in call " << calls;
  }
}

TEST_F(RepairTest, APoolOfNoFramesIsSetAside) {
  lose_manifests();
  log_.reset();
  const RepairPlan planned = plan();
  EXPECT_TRUE(planned.rebuilt->empty());
  ASSERT_TRUE(carry_out(planned, repair_, disk_, random_, events_).ok());
  EXPECT_EQ(disk_.list("/store").value(), std::vector<std::string>{"pool.bad-1"});
}

}  // namespace
}  // namespace tidegate::store
