// What is too old, by clocks that stand still, jump and begin anew; and what is not known to be.

#include "gateway/store/age_limit.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/support/open_store.hpp"

namespace tidegate::store {
namespace {

using std::chrono::hours;
using test::kAlarms;
using test::kSensors;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr hours kYears{24 * 365 * 10};

class AgeLimitTest : public testing::Test, protected test::StoreBench {
 protected:
  AgeLimitTest() {
    options_.cursor_delay = {};  // the disk thread's wait is of real time
    options_.log.streams[0].max_age = hours(2);
    options_.log.streams[1].max_age = hours(2);
    start();
  }
  ~AgeLimitTest() override {
    disk.release();
    (void)store->close();
  }

  void start() {
    if (store) {
      ASSERT_TRUE(store->close().ok());
    }
    open(options_);
    limit_.emplace(*store, clock, anchors_);
  }
  /// The machine starts again, without a clock of its own.
  void reboot() {
    ASSERT_TRUE(store->close().ok());
    store.reset();
    clock.reboot();
    clock.set_quality(TimeQuality::kUnknown);
    start();
  }

  void append(std::string_view payload, StreamIndex stream = kSensors) {
    const Message message{"topic", "client", as_bytes(payload), {}, clock.now(), 1, false};
    const auto ticket = store->append(stream, message, Urgency::kAtOnce);
    ASSERT_TRUE(ticket.ok());
    store->submit();
    turns.run_until([&] { return store->durable() >= *ticket; });
  }
  /// What is still owed after a look, read again.
  std::vector<std::string> look() {
    clock.pass(std::chrono::minutes(1));
    limit_->look();
    std::vector<std::string> payloads;
    for (Offset from{};;) {
      const RecordBatch batch = read(from);
      if (batch.next == from) return payloads;
      for (const Record& record : batch.records) payloads.emplace_back(as_text(record.message.payload));
      from = batch.next;
    }
  }
  /// After the reads of the limit, which came first, and the drops that they led to.
  RecordBatch read(Offset from) {
    settle();
    std::optional<Result<RecordBatch>> batch;
    store->read(kSensors, from, 1 << 20, [&](Result<RecordBatch> got) { batch = std::move(got); });
    turns.run_until([&] { return batch.has_value(); });
    return std::move(**batch);
  }
  void settle() {
    for (int reads = 0; reads < 4; ++reads) {
      bool done = false;
      store->read(kSensors, Offset{}, 1, [&](const Result<RecordBatch>&) { done = true; });
      turns.run_until([&] { return done; });
      append("behind the drops", StreamIndex{2});
    }
  }
  std::uint64_t dropped(const std::string& stream) {
    return metrics.counter("tidegate_store_dropped_records_total", "", {{"reason", "age"}, {"stream", stream}}).value();
  }

  StoreOptions options_ = [] {
    StoreOptions options = StoreBench::options();
    options.log.streams.push_back({"other", 64 << 10, WhenFull::kDropOldest, {"cloud"}});
    return options;
  }();
  TimeAnchors anchors_{clock};
  std::optional<AgeLimit> limit_;
};

TEST_F(AgeLimitTest, WhatIsOwedForTooLongIsDroppedCountedAndNamed) {
  append("a");
  append("b");
  clock.pass(hours(1));
  append("c");
  EXPECT_THAT(look(), ElementsAre("a", "b", "c"));
  clock.pass(hours(1));
  EXPECT_THAT(look(), ElementsAre("c"));
  EXPECT_EQ(dropped("sensors"), 2U);
  const RecordBatch batch = read(Offset{0});
  ASSERT_EQ(batch.skips.size(), 1U);
  EXPECT_EQ(batch.skips[0].to, Offset{2});
  EXPECT_EQ(batch.skips[0].reason, SkipReason::kEvicted);
  clock.pass(hours(1));
  EXPECT_THAT(look(), IsEmpty());
  EXPECT_EQ(dropped("sensors"), 3U);
}

TEST_F(AgeLimitTest, WhatIsDeliveredIsNotCounted) {
  append("a");
  append("b");
  store->advance(kSensors, "cloud", Lane{}, Offset{1});
  settle();
  clock.pass(hours(3));
  look();
  EXPECT_EQ(dropped("sensors"), 1U);
}

TEST_F(AgeLimitTest, AWallClockThatJumpsMakesNothingOld) {
  append("a");
  clock.jump(kYears);
  EXPECT_THAT(look(), ElementsAre("a"));
  clock.jump(-2 * kYears);
  append("b");
  clock.jump(kYears);
  EXPECT_THAT(look(), ElementsAre("a", "b"));
}

TEST_F(AgeLimitTest, AWallClockIn1970KeepsNothingYoung) {
  clock.jump(-clock.wall());
  clock.set_quality(TimeQuality::kUnknown);
  append("a");
  clock.pass(hours(3));
  EXPECT_THAT(look(), IsEmpty());
}

TEST_F(AgeLimitTest, OfAnEarlierBootNothingIsDroppedBeforeTheTimeIsKnown) {
  append("a");
  reboot();
  clock.jump(kYears);  // a battery of a clock that went wrong
  clock.set_quality(TimeQuality::kLastKnown);
  clock.pass(hours(3));
  EXPECT_THAT(look(), ElementsAre("a"));
  clock.jump(-kYears);
  clock.set_quality(TimeQuality::kSynchronised);
  EXPECT_THAT(look(), IsEmpty());
  EXPECT_EQ(dropped("sensors"), 1U);
}

TEST_F(AgeLimitTest, OfAnEarlierBootWhatIsYoungStays) {
  append("a");
  reboot();
  clock.set_quality(TimeQuality::kSynchronised);
  clock.pass(hours(1));
  EXPECT_THAT(look(), ElementsAre("a"));
  clock.pass(hours(1));
  EXPECT_THAT(look(), IsEmpty());
}

TEST_F(AgeLimitTest, AnAnchorMakesTheTimeOfAnEarlierBootKnown) {
  clock.set_quality(TimeQuality::kUnknown);
  clock.jump(kYears);
  append("a");
  clock.jump(-kYears);
  clock.set_quality(TimeQuality::kSynchronised);
  ASSERT_TRUE(anchors_.look());
  reboot();
  clock.set_quality(TimeQuality::kSynchronised);
  EXPECT_THAT(look(), ElementsAre("a"));
  clock.pass(hours(2));
  EXPECT_THAT(look(), IsEmpty());
}

TEST_F(AgeLimitTest, WhatHasNoTimeStaysUntilSomethingBehindItIsTooOld) {
  clock.set_quality(TimeQuality::kUnknown);
  append("of a boot without a time");
  reboot();
  append("of this boot");
  clock.pass(hours(1));
  EXPECT_THAT(look(), ElementsAre("of a boot without a time", "of this boot"));
  clock.set_quality(TimeQuality::kSynchronised);
  EXPECT_THAT(look(), ElementsAre("of a boot without a time", "of this boot"));
  clock.pass(hours(1));
  EXPECT_THAT(look(), IsEmpty());
  EXPECT_EQ(dropped("sensors"), 2U);
}

TEST_F(AgeLimitTest, WithoutATimeAndNothingBehindItItStays) {
  clock.set_quality(TimeQuality::kUnknown);
  append("a");
  reboot();
  clock.set_quality(TimeQuality::kSynchronised);
  clock.pass(kYears);
  EXPECT_THAT(look(), ElementsAre("a"));
}

TEST_F(AgeLimitTest, ARefusingStreamHasRoomAgain) {
  bool room = false;
  store->on_room([&room] { room = true; });
  const std::string payload(1000, 'x');
  const Message message{"topic", "client", as_bytes(payload), {}, clock.now(), 1, false};
  Result<Ticket> ticket = Ticket{};
  while (ticket) {
    ticket = store->append(kAlarms, message, Urgency::kAtOnce);
    store->submit();
  }
  settle();
  room = false;
  clock.pass(hours(3));
  limit_->look();
  while (!store->has_room(kAlarms, 2000)) settle();
  EXPECT_TRUE(store->append(kAlarms, message, Urgency::kAtOnce).ok());
  EXPECT_GT(dropped("alarms"), 4U);
}

TEST_F(AgeLimitTest, NothingIsReadOrFlushedWhileNothingIsTooOld) {
  options_.cache_bytes = 0;
  start();
  append("a");
  limit_->look();
  settle();
  const std::uint64_t reads = disk.reads();
  const std::uint64_t flushes = disk.flushes();
  for (int minute = 0; minute < 100; ++minute) {
    clock.pass(std::chrono::minutes(1));
    limit_->look();
    turns.run_queued();
  }
  EXPECT_EQ(disk.reads(), reads);
  EXPECT_EQ(disk.flushes(), flushes);
}

TEST_F(AgeLimitTest, ABacklogOfManyReadsIsDroppedInOneLook) {
  const std::string payload(3000, 'x');
  for (int i = 0; i < 80; ++i) append(payload);
  clock.pass(hours(3));
  append("young");
  limit_->look();
  while (dropped("sensors") < 80) settle();
  EXPECT_THAT(look(), ElementsAre("young"));
}

}  // namespace
}  // namespace tidegate::store
