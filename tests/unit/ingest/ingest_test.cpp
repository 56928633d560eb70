#include "gateway/ingest/ingest.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/hub/scripted_outlet.hpp"
#include "tests/unit/support/sessions_bench.hpp"

namespace tidegate::ingest {
namespace {

class IngestTest : public testing::Test, protected test::OpenSessions {
 protected:
  void start(IngestOptions wanted) {
    ingest.emplace(std::move(wanted), *store, *sessions, hub, clock, metrics);
    store->on_durable([this](store::Ticket) { ingest->on_durable(); });
    store->on_room([this] { ingest->on_room(); });
  }
  static IngestOptions both_streams() { return {{{{0}, {"sensors/#"}}, {{1}, {"alarms/#"}}}, 0, 0}; }
  static Incoming incoming(std::string_view topic, std::uint8_t qos = 1) {
    return {topic, as_bytes("{}"), {}, qos, false};
  }

  /// Publishes alarms until their stream, which refuses, is full; returns how many it took.
  std::size_t fill_alarms(Source& source) {
    const std::vector<Incoming> many(2000, incoming("alarms/1"));
    std::size_t stored = 0;
    for (Taken some = ingest->publish(source, many); some.count > 0; some = ingest->publish(source, many)) {
      EXPECT_FALSE(some.count < many.size() && some.retry_after.has_value());
      stored += some.count;
      turns.run_until([&] { return ingest->durable() >= some.ticket; });
    }
    return stored;
  }

  hub::Hub hub{{}, *sessions, metrics};
  std::optional<Ingest> ingest;
};

struct Told final : Waiter {
  void wake() override { ++times; }
  int times = 0;
};

TEST_F(IngestTest, AllMessagesOfOneReadAreOneFlush) {
  start(both_streams());
  Source source = ingest->source("client");
  const std::uint64_t before = disk.flushes();
  const std::vector<Incoming> messages(50, incoming("sensors/1"));
  const Taken taken = ingest->publish(source, messages);
  EXPECT_EQ(taken.count, 50U);
  turns.run_until([&] { return ingest->durable() >= taken.ticket; });
  EXPECT_LE(disk.flushes() - before, 2U);  // two if the disk thread was on its way to sleep just then
  EXPECT_EQ(store->state(test::kSensors).next, Offset{50});
}

TEST_F(IngestTest, WhatNoStreamMatchesIsCountedAndDone) {
  start(both_streams());
  Source source = ingest->source("client");
  const std::vector<Incoming> messages{incoming("other/1"), incoming("other/1")};
  const Taken taken = ingest->publish(source, messages);
  EXPECT_EQ(taken.count, 2U);
  EXPECT_EQ(taken.ticket, store::Ticket{});
  EXPECT_EQ(ingest->unmatched().messages(), 2U);
}

TEST_F(IngestTest, SubscribersGetWhatWasTakenBeforeItIsDurable) {
  start(both_streams());
  Source source = ingest->source("client");
  hub::test::ScriptedOutlet outlet;
  hub::test::Client subscriber(*sessions, hub, "subscriber", outlet);
  subscriber.subscribe("#", {.maximum_qos = 1});
  disk.hold_flushes();
  const std::vector<Incoming> messages{incoming("sensors/1"), incoming("other/1"), incoming("sensors/1", 0)};
  const Taken taken = ingest->publish(source, messages);
  EXPECT_EQ(outlet.lines.size(), 3U) << "also what no stream matches";
  EXPECT_LT(ingest->durable(), taken.ticket);
  disk.release();
}

TEST_F(IngestTest, WhatIsHeldBackIsDeliveredOnceWhenItIsTaken) {
  IngestOptions limited = both_streams();
  limited.client_rate_per_s = 10;
  limited.client_burst = 5;
  start(std::move(limited));
  Source source = ingest->source("fast");
  hub::test::ScriptedOutlet outlet;
  hub::test::Client subscriber(*sessions, hub, "subscriber", outlet);
  subscriber.subscribe("#", {.maximum_qos = 1});
  const std::vector<Incoming> flood(7, incoming("sensors/1"));
  EXPECT_EQ(ingest->publish(source, flood).count, 5U);
  EXPECT_EQ(outlet.lines.size(), 5U);
  clock.pass(std::chrono::milliseconds(250));
  EXPECT_EQ(ingest->publish(source, std::span(flood).last(2)).count, 2U);
  EXPECT_EQ(outlet.lines.size(), 7U);
}

TEST_F(IngestTest, AWaiterIsToldAfterTheCommitOnce) {
  start(both_streams());
  Source source = ingest->source("client");
  Told told;
  const std::vector<Incoming> messages{incoming("sensors/1")};
  const Taken taken = ingest->publish(source, messages);
  ingest->wait_for_commit(told);
  turns.run_until([&] { return told.times > 0; });
  EXPECT_GE(ingest->durable(), taken.ticket);
  ingest->on_durable();
  EXPECT_EQ(told.times, 1);
}

TEST_F(IngestTest, AWaiterThatIsGoneIsNotTold) {
  start(both_streams());
  Told stays;
  {
    Told goes;
    ingest->wait_for_commit(goes);
    ingest->wait_for_commit(stays);
  }
  ingest->on_durable();
  EXPECT_EQ(stays.times, 1);
}

TEST_F(IngestTest, AFastClientIsSlowedByItsOwnBucketAlone) {
  IngestOptions limited = both_streams();
  limited.client_rate_per_s = 10;
  limited.client_burst = 5;
  start(std::move(limited));
  Source fast = ingest->source("fast");
  Source slow = ingest->source("slow");
  const std::vector<Incoming> flood(20, incoming("sensors/1"));
  const Taken taken = ingest->publish(fast, flood);
  EXPECT_EQ(taken.count, 5U);
  ASSERT_TRUE(taken.retry_after.has_value());
  EXPECT_GT(*taken.retry_after, std::chrono::milliseconds(90));
  EXPECT_EQ(ingest->publish(slow, std::span(flood).first(1)).count, 1U);
  clock.pass(std::chrono::milliseconds(250));
  EXPECT_EQ(ingest->publish(fast, flood).count, 2U);
}

TEST_F(IngestTest, AClientThatComesBackDoesNotHaveItsBurstAgain) {
  IngestOptions limited = both_streams();
  limited.client_rate_per_s = 10;
  limited.client_burst = 5;
  start(std::move(limited));
  const std::vector<Incoming> flood(20, incoming("sensors/1"));
  Source first = ingest->source("fast");
  EXPECT_EQ(ingest->publish(first, flood).count, 5U);
  ingest->rest(first);
  ingest->rest(first);
  Source second = ingest->source("fast");
  EXPECT_EQ(ingest->publish(second, flood).count, 0U);
  clock.pass(std::chrono::milliseconds(250));
  EXPECT_EQ(ingest->publish(second, flood).count, 2U);
}

TEST_F(IngestTest, WhatAClientSaidLastGoesInAtOnceAndIsChargedToItsRate) {
  IngestOptions limited = both_streams();
  limited.client_rate_per_s = 10;
  limited.client_burst = 5;
  start(std::move(limited));
  const std::vector<Incoming> flood(20, incoming("sensors/1", 0));
  Source first = ingest->source("fast");
  ASSERT_EQ(ingest->publish(first, flood).count, 5U);
  EXPECT_EQ(ingest->publish_last(first, std::span(flood).subspan(5)).count, 15U);
  ingest->rest(first);
  Source second = ingest->source("fast");
  clock.pass(std::chrono::milliseconds(1500));
  EXPECT_EQ(ingest->publish(second, flood).count, 0U) << "what went in beyond its rate was for nothing";
  clock.pass(std::chrono::milliseconds(250));
  EXPECT_EQ(ingest->publish(second, flood).count, 2U);
}

TEST(RestingBuckets, AreBoundedAndForgetThoseThatAreFullAgainFirst) {
  const Monotonic then{std::chrono::seconds(1)};
  const Monotonic later{std::chrono::seconds(100)};
  TokenBucket quick(1, 1);
  TokenBucket slow(0.001, 1);
  ASSERT_TRUE(quick.take(1, then) && slow.take(1, then));
  RestingBuckets buckets;
  buckets.put("slow", slow, then);
  for (std::size_t i = 1; i < RestingBuckets::kMost; ++i) buckets.put("quick-" + std::to_string(i), quick, then);
  EXPECT_EQ(buckets.size(), RestingBuckets::kMost);
  buckets.put("full by now", quick, later);
  buckets.put("one more", slow, later);
  EXPECT_EQ(buckets.size(), 2U);
  EXPECT_FALSE(buckets.take("slow", quick).is_full(later));
}

TEST_F(IngestTest, QoS1IsHeldBackAndQoS0IsDroppedWhenTheStreamRefuses) {
  start(both_streams());
  Source source = ingest->source("client");
  const std::size_t stored = fill_alarms(source);
  EXPECT_GT(stored, 0U);
  EXPECT_EQ(store->state(test::kAlarms).next, Offset{stored});
  const std::vector<Incoming> quiet{incoming("alarms/1", 0)};
  EXPECT_EQ(ingest->publish(source, quiet).count, 1U);
  EXPECT_EQ(metrics.counter("tidegate_ingest_dropped_messages_total", "", {{"reason", "no_room_qos0"}}).value(), 1U);
}

TEST_F(IngestTest, RoomIsToldWhenTheUpstreamHasConfirmed) {
  start(both_streams());
  Source source = ingest->source("client");
  const std::size_t stored = fill_alarms(source);
  const std::vector<Incoming> many(100, incoming("alarms/1"));
  Told told;
  ingest->wait_for_room(told);
  store->advance(test::kAlarms, "cloud", Lane{}, Offset{stored});
  clock.pass(std::chrono::seconds(3));
  const std::vector<Incoming> other{incoming("sensors/1")};
  (void)ingest->publish(source, other);
  // Each commit tells: one before the cursor's may, and then there is no room yet.
  std::size_t taken = 0;
  turns.run_until([&] {
    if (told.times == 0) return false;
    told.times = 0;
    ingest->wait_for_room(told);
    taken = ingest->publish(source, many).count;
    return taken > 0;
  });
  EXPECT_GT(taken, 0U);
}

}  // namespace
}  // namespace tidegate::ingest
