// The store with its threads: what is durable when, and who is told. The log below it is tested on its own.

#include "gateway/store/store.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/base/read_only_disk.hpp"
#include "tests/unit/support/open_store.hpp"

namespace tidegate::store {
namespace {

using test::kAlarms;
using test::kSensors;
using test::message;

class StoreTest : public testing::Test, protected test::StoreBench {
 protected:
  Ticket append(std::string_view payload, Urgency urgency = Urgency::kAtOnce) {
    const auto ticket = store->append(kSensors, message("topic", payload), urgency);
    EXPECT_TRUE(ticket.ok());
    return *ticket;
  }
  void wait_durable(Ticket ticket) {
    store->submit();
    turns.run_until([&] { return store->durable() >= ticket; });
  }
  std::vector<std::string> read_all(std::size_t max_bytes = 1 << 20) {
    std::vector<std::string> payloads;
    for (Offset from{};;) {
      std::optional<Result<RecordBatch>> batch;
      store->read(kSensors, from, max_bytes, [&](Result<RecordBatch> got) { batch = std::move(got); });
      turns.run_until([&] { return batch.has_value(); });
      EXPECT_TRUE(batch->ok());
      if ((*batch)->next == from) return payloads;
      for (const Record& record : (*batch)->records) payloads.emplace_back(as_text(record.message.payload));
      from = (*batch)->next;
    }
  }
};

TEST_F(StoreTest, NothingIsDurableBeforeTheFlushReturned) {
  open();
  store->on_durable([](Ticket) {});
  disk.hold_flushes();
  const Ticket ticket = append("a");
  store->submit();
  disk.wait_for_flush();
  EXPECT_LT(store->durable(), ticket);
  EXPECT_THAT(read_all(), testing::IsEmpty());
  disk.release();
  wait_durable(ticket);
  EXPECT_THAT(read_all(), testing::ElementsAre("a"));
}

TEST_F(StoreTest, HowLongTheDiskHoldsACommitIsTold) {
  open();
  EXPECT_EQ(store->in_disk(), std::chrono::seconds(0));
  disk.hold_flushes();
  const Ticket ticket = append("a");
  store->submit();
  disk.wait_for_flush();
  clock.pass(std::chrono::seconds(90));
  EXPECT_EQ(store->in_disk(), std::chrono::seconds(90));
  disk.release();
  wait_durable(ticket);
  clock.pass(std::chrono::seconds(90));
  EXPECT_EQ(store->in_disk(), std::chrono::seconds(0));
}

TEST_F(StoreTest, WhatArrivesDuringAFlushSharesTheNextOne) {
  open();
  disk.hold_flushes();
  append("first");
  store->submit();
  disk.wait_for_flush();
  const std::uint64_t before = disk.flushes();
  Ticket last;
  for (int i = 0; i < 100; ++i) {
    last = append("more " + std::to_string(i));
    store->submit();
  }
  disk.release();
  wait_durable(last);
  EXPECT_EQ(disk.flushes() - before, 2U);
}

TEST_F(StoreTest, ATrickleSharesAFlushAPause) {
  StoreOptions paced = options();
  paced.commit_pause = std::chrono::milliseconds(10);
  open(paced);
  wait_durable(append("comes alone and does not wait"));
  const std::uint64_t before = disk.flushes();
  Ticket last;
  for (int i = 0; i < 100; ++i) {
    last = append("more " + std::to_string(i));
    store->submit();
  }
  EXPECT_LT(store->durable(), last);
  clock.pass(paced.commit_pause);
  wait_durable(last);
  EXPECT_EQ(disk.flushes() - before, 1U);
}

TEST_F(StoreTest, WhatFillsACommitDoesNotKeepThePause) {
  StoreOptions paced = options();
  paced.commit_pause = std::chrono::hours(1);
  paced.commit_bytes = 5000;
  open(paced);
  wait_durable(append("first"));
  wait_durable(append(std::string(5000, 'x')));
}

TEST_F(StoreTest, QoS0WaitsForAFlushThatSomebodyElseNeeds) {
  open();
  const std::uint64_t before = disk.flushes();
  const Ticket quiet = append("qos 0", Urgency::kWithinSecond);
  store->submit();
  EXPECT_LT(store->durable(), quiet);
  wait_durable(append("qos 1"));
  EXPECT_GE(store->durable(), quiet);
  EXPECT_EQ(disk.flushes() - before, 1U);
}

TEST_F(StoreTest, AFailedFlushAcknowledgesNothingUntilAnotherOneWorked) {
  open();
  disk.fail_flushes(1);
  const Ticket ticket = append("a");
  wait_durable(ticket);
  EXPECT_EQ(store->trouble(), "");
  EXPECT_THAT(read_all(), testing::ElementsAre("a"));
}

TEST_F(StoreTest, TroubleIsNamedWhileTheDiskFailsAndGoneAfter) {
  open();
  disk.hold_flushes();
  disk.fail_flushes(1);
  const Ticket ticket = append("a");
  store->submit();
  disk.wait_for_flush();
  disk.release_one();
  disk.wait_for_flush();  // the second try, elsewhere
  EXPECT_THAT(store->trouble(), testing::HasSubstr("the test makes this flush fail"));
  EXPECT_LT(store->durable(), ticket);
  disk.release();
  wait_durable(ticket);
  EXPECT_EQ(store->trouble(), "");
}

TEST_F(StoreTest, OnADiskThatMayOnlyBeReadItSaysSoFromTheStartAndDeliversWhatIsThere) {
  open();
  wait_durable(append("a"));
  ASSERT_TRUE(store->close().ok());
  ReadOnlyDisk read_only(disk);
  store = Store::open(options(), read_only, clock, random, events, metrics, turns.executor()).value();
  EXPECT_THAT(store->trouble(), testing::HasSubstr("only reading is allowed"));
  EXPECT_THAT(read_all(), testing::ElementsAre("a"));
  const Ticket ticket = append("b");
  store->submit();
  EXPECT_TRUE(store->close().ok()) << "nothing was promised";
  EXPECT_LT(store->durable(), ticket);
}

TEST_F(StoreTest, WhatAStartCouldNotMakeSureIsMadeSureWithoutAMessageToWaitFor) {
  disk.fail_directory_flushes(1'000'000);
  open();
  EXPECT_THAT(store->trouble(), testing::HasSubstr("the test makes this flush fail"));
  disk.fail_directory_flushes(0);
  disk.wait_for_directory_flushes();
  EXPECT_TRUE(store->close().ok());
  EXPECT_EQ(store->trouble(), "");
}

TEST_F(StoreTest, PendingBytesAreBoundedAndRoomIsTold) {
  StoreOptions small = options();
  small.pending_bytes = 2000;
  open(small);
  bool room = false;
  store->on_room([&] { room = true; });
  disk.hold_flushes();
  while (store->append(kSensors, message("t", std::string(100, 'x')), Urgency::kAtOnce).ok()) {
  }
  EXPECT_EQ(store->append(kSensors, message("t", "y"), Urgency::kWithinSecond).error().kind, ErrorKind::kNoSpace);
  store->submit();
  disk.release();
  turns.run_until([&] { return room; });
  EXPECT_TRUE(store->append(kSensors, message("t", "z"), Urgency::kAtOnce).ok());
  store->submit();
}

TEST_F(StoreTest, QoS0IsShedBeforeAnythingElse) {
  StoreOptions small = options();
  small.pending_bytes = 2000;
  open(small);
  disk.hold_flushes();
  int taken = 0;
  while (store->append(kSensors, message("t", std::string(100, 'x')), Urgency::kWithinSecond).ok()) ++taken;
  EXPECT_GT(taken, 0);
  EXPECT_TRUE(store->append(kSensors, message("t", std::string(100, 'x')), Urgency::kAtOnce).ok());
}

TEST_F(StoreTest, AStreamThatRefusesTakesItsQuotaAndNoMore) {
  open();
  Ticket last;
  std::size_t taken = 0;
  while (true) {
    const auto ticket = store->append(kAlarms, message("t", std::string(100, 'x')), Urgency::kAtOnce);
    if (!ticket) {
      EXPECT_EQ(ticket.error().kind, ErrorKind::kNoSpace);
      break;
    }
    last = *ticket;
    ++taken;
  }
  EXPECT_GT(taken, 40U);
  EXPECT_LT(taken, 80U);
  wait_durable(last);
}

TEST_F(StoreTest, TooLargeAMessageIsRefusedForGood) {
  open();
  const auto ticket = store->append(kSensors, message("t", std::string(Log::kMaxFrameBytes, 'x')), Urgency::kAtOnce);
  EXPECT_EQ(ticket.error().kind, ErrorKind::kTooLarge);
}

TEST_F(StoreTest, AGroupIsTakenWhollyOrNotAtAll) {
  open();
  const std::string large(6 << 10, 'x');
  const Entry group[] = {{kSensors, message("t", "with it")}, {kAlarms, message("t", large)}};
  ASSERT_TRUE(store->append(group, Urgency::kAtOnce).ok());
  EXPECT_EQ(store->append(group, Urgency::kAtOnce).error().kind, ErrorKind::kNoSpace) << "alarms are at their quota";
  wait_durable(append("last"));
  EXPECT_EQ(store->state(kAlarms).next, Offset{1});
  EXPECT_THAT(read_all(), testing::ElementsAre("with it", "last"));
}

TEST_F(StoreTest, AStartReadsWhatIsDurableWithoutTheReactor) {
  open();
  wait_durable(append("a"));
  wait_durable(append("b"));
  const auto batch = store->read_now(kSensors, Offset{1}, 1 << 20);
  ASSERT_TRUE(batch.ok());
  ASSERT_EQ(batch->records.size(), 1U);
  EXPECT_EQ(as_text(batch->records[0].message.payload), "b");
  EXPECT_EQ(batch->next, Offset{2});
}

TEST_F(StoreTest, LiveReadsDoNotTouchTheDisk) {
  open();
  Ticket last;
  for (int i = 0; i < 50; ++i) last = append(std::to_string(i));
  wait_durable(last);
  const std::uint64_t before = disk.reads();
  EXPECT_EQ(read_all(200).size(), 50U);
  EXPECT_EQ(disk.reads(), before);
}

TEST_F(StoreTest, ABacklogIsReadFromTheDiskInOrder) {
  StoreOptions cold = options();
  cold.cache_bytes = 0;
  open(cold);
  Ticket last;
  std::vector<std::string> expected;
  for (int i = 0; i < 500; ++i) {
    expected.push_back("reading " + std::to_string(i));
    last = append(expected.back());
    if (i % 50 == 0) wait_durable(last);
  }
  wait_durable(last);
  EXPECT_EQ(read_all(1000), expected);
}

TEST_F(StoreTest, CloseMakesEverythingDurableAndSavesCursors) {
  open();
  append("a");
  append("b", Urgency::kWithinSecond);
  wait_durable(append("c"));
  append("d", Urgency::kWithinSecond);
  store->advance(kSensors, "cloud", Lane{}, Offset{2});
  ASSERT_TRUE(store->close().ok());
  open();
  EXPECT_EQ(store->position(kSensors, "cloud", Lane{}), Offset{2});
  EXPECT_EQ(store->state(kSensors).next, Offset{4});
}

TEST_F(StoreTest, ACursorThatHasMovedFarIsSavedWithoutWaiting) {
  StoreOptions eager = options();
  eager.cursor_records = 10;
  open(eager);
  Ticket last;
  for (int i = 0; i < 20; ++i) last = append("a");
  wait_durable(last);
  disk.hold_flushes();
  store->advance(kSensors, "cloud", Lane{}, Offset{5});
  store->advance(kSensors, "cloud", Lane{}, Offset{14});
  store->advance(kSensors, "cloud", Lane{}, Offset{15});
  disk.wait_for_flush();
}

TEST_F(StoreTest, ACursorNeverMovesBack) {
  open();
  wait_durable(append("a"));
  store->advance(kSensors, "cloud", Lane{}, Offset{1});
  store->advance(kSensors, "cloud", Lane{}, Offset{0});
  EXPECT_EQ(store->position(kSensors, "cloud", Lane{}), Offset{1});
}

TEST_F(StoreTest, NoCallbackComesAfterClose) {
  open();
  bool called = false;
  store->on_durable([&](Ticket) { called = true; });
  append("a");
  store->submit();
  ASSERT_TRUE(store->close().ok());
  turns.run_queued();
  EXPECT_FALSE(called);
}

}  // namespace
}  // namespace tidegate::store
