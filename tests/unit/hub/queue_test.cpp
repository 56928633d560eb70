#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "gateway/hub/hub.hpp"
#include "tests/unit/hub/scripted_outlet.hpp"
#include "tests/unit/support/sessions_bench.hpp"

namespace tidegate::hub {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Answer = Outlet::Answer;
using test::Client;
using test::message;

class HubQueueTest : public ::testing::Test, protected tidegate::test::OpenSessions {
 protected:
  void start(const HubOptions& options) {
    hub.emplace(options, *sessions, metrics);
    subscriber.emplace(*sessions, *hub, "slow", outlet);
    subscriber->subscribe("#", {.maximum_qos = 1, .identifier = 5});
  }
  std::int64_t gauge(const std::string& name) { return metrics.gauge(name, "").value(); }

  test::ScriptedOutlet outlet;
  std::optional<Hub> hub;
  std::optional<Client> subscriber;
};

TEST_F(HubQueueTest, QoS0IsDroppedWhenTheOutletIsBusyAndQoS1Waits) {
  start({});
  outlet.answer = Answer::kBusy;
  hub->publish(message("a", "lost", 0));
  hub->publish(message("a", "kept", 1, true));
  EXPECT_EQ(hub->counters().behind.value(), 1U);
  EXPECT_EQ(subscriber->waiting(), 1U);
  outlet.answer = Answer::kTaken;
  subscriber->resume();
  EXPECT_THAT(outlet.lines, ElementsAre("a 'kept' qos 1 ids 5"));
  EXPECT_EQ(gauge("tidegate_hub_queued_messages"), 0);
  EXPECT_EQ(gauge("tidegate_hub_queued_bytes"), 0);
}

TEST_F(HubQueueTest, WhatWaitsGoesFirst) {
  start({});
  outlet.answer = Answer::kBusy;
  hub->publish(message("a", "1"));
  outlet.answer = Answer::kTaken;
  hub->publish(message("a", "2"));
  EXPECT_THAT(outlet.lines, IsEmpty());
  subscriber->resume();
  hub->publish(message("a", "3"));
  EXPECT_THAT(outlet.lines, ElementsAre("a '1' qos 1 ids 5", "a '2' qos 1 ids 5", "a '3' qos 1 ids 5"));
}

TEST_F(HubQueueTest, FullItDropsTheOldest) {
  start({.queue_messages = 2});
  outlet.answer = Answer::kBusy;
  for (const std::string_view payload : {"1", "2", "3", "4"}) hub->publish(message("a", payload));
  EXPECT_EQ(hub->counters().queue_full.value(), 2U);
  EXPECT_EQ(gauge("tidegate_hub_queued_messages"), 2);
  outlet.answer = Answer::kTaken;
  subscriber->resume();
  EXPECT_THAT(outlet.lines, ElementsAre("a '3' qos 1 ids 5", "a '4' qos 1 ids 5"));
}

TEST_F(HubQueueTest, BytesAreBoundedToo) {
  start({.queue_bytes = 3000});
  outlet.answer = Answer::kBusy;
  const std::string large(1000, 'x');
  for (int i = 0; i < 10; ++i) hub->publish(message("a", large));
  EXPECT_EQ(subscriber->waiting(), 2U);
  EXPECT_LE(gauge("tidegate_hub_queued_bytes"), 3000);
  hub->publish(message("a", std::string(3000, 'x')));
  EXPECT_EQ(subscriber->waiting(), 0U) << "what is larger than the queue does not go into it";
  EXPECT_EQ(hub->counters().queue_full.value(), 11U);
}

TEST_F(HubQueueTest, AllQueuesTogetherAreBounded) {
  start({.all_queues_bytes = 3000});
  test::ScriptedOutlet other_outlet;
  Client other(*sessions, *hub, "other", other_outlet);
  other.subscribe("#", {.maximum_qos = 1});
  outlet.answer = other_outlet.answer = Answer::kBusy;
  const std::string large(1000, 'x');
  for (int i = 0; i < 10; ++i) hub->publish(message("a", large));
  EXPECT_EQ(subscriber->waiting() + other.waiting(), 2U);
  EXPECT_EQ(hub->counters().queue_full.value(), 18U);
}

TEST_F(HubQueueTest, OneSlowSubscriberDelaysNoOther) {
  start({});
  test::ScriptedOutlet quick_outlet;
  Client quick(*sessions, *hub, "quick", quick_outlet);
  quick.subscribe("#", {.maximum_qos = 1});
  outlet.answer = Answer::kBusy;
  hub->publish(message("a", "x"));
  EXPECT_THAT(quick_outlet.lines, ElementsAre("a 'x' qos 1"));
}

TEST_F(HubQueueTest, WhatTheClientNeverTakesIsCountedAndPassed) {
  start({});
  outlet.answer = Answer::kBusy;
  hub->publish(message("a", "x"));
  hub->publish(message("a", "y"));
  outlet.answer = Answer::kTooLarge;
  subscriber->resume();
  outlet.answer = Answer::kExpired;
  hub->publish(message("a", "z"));
  EXPECT_EQ(hub->counters().too_large.value(), 2U);
  EXPECT_EQ(hub->counters().expired.value(), 1U);
  EXPECT_EQ(subscriber->waiting(), 0U);
}

TEST_F(HubQueueTest, WhatWaitsWhenTheConnectionEndsIsCounted) {
  start({});
  outlet.answer = Answer::kBusy;
  hub->publish(message("a", "x"));
  subscriber.reset();
  EXPECT_EQ(hub->counters().left.value(), 1U);
  EXPECT_EQ(gauge("tidegate_hub_queued_messages"), 0);
  EXPECT_EQ(gauge("tidegate_hub_queued_bytes"), 0);
  EXPECT_EQ(gauge("tidegate_hub_subscriptions"), 0);
}

}  // namespace
}  // namespace tidegate::hub
