#include "gateway/hub/hub.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "tests/unit/hub/scripted_outlet.hpp"
#include "tests/unit/support/sessions_bench.hpp"

namespace tidegate::hub {
namespace {

using test::Client;
using test::message;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;
using enum Subscriber::Granted;

class HubTest : public ::testing::Test, protected tidegate::test::OpenSessions {
 protected:
  Hub hub{{}, *sessions, metrics};
  test::ScriptedOutlet one;
  test::ScriptedOutlet two;
};

TEST_F(HubTest, WantsNothingBeforeSomebodySubscribes) {
  EXPECT_FALSE(hub.wants(false));
  EXPECT_TRUE(hub.wants(true)) << "what is retained is for those who come later";
  std::optional<Client> subscriber(std::in_place, *sessions, hub, "c", one);
  EXPECT_FALSE(hub.wants(false));
  subscriber->subscribe("a", {});
  EXPECT_TRUE(hub.wants(false));
  subscriber.reset();
  EXPECT_FALSE(hub.wants(false)) << "subscriptions end with their connection";
}

TEST_F(HubTest, EachSubscriberGetsItOnceAtTheLowerQoS) {
  Client first(*sessions, hub, "first", one);
  Client second(*sessions, hub, "second", two);
  EXPECT_EQ(first.subscribe("a/+", {.maximum_qos = 1}), kNew);
  EXPECT_EQ(second.subscribe("a/#", {.maximum_qos = 0}), kNew);
  hub.publish(message("a/b", "x", 1));
  hub.publish(message("a/b", "y", 0));
  hub.publish(message("other", "z", 1));
  EXPECT_THAT(one.lines, ElementsAre("a/b 'x' qos 1", "a/b 'y' qos 0"));
  EXPECT_THAT(two.lines, ElementsAre("a/b 'x' qos 0", "a/b 'y' qos 0"));
  EXPECT_EQ(hub.counters().delivered.value(), 4U);
}

TEST_F(HubTest, OverlappingFiltersAreOneCopyAtTheHighestQoSWithAllIdentifiers) {
  Client first(*sessions, hub, "first", one);
  first.subscribe("a/#", {.maximum_qos = 0, .identifier = 1});
  first.subscribe("a/b", {.maximum_qos = 1, .identifier = 2});
  first.subscribe("+/b", {.maximum_qos = 0});
  hub.publish(message("a/b", "x"));
  ASSERT_EQ(one.lines.size(), 1U);
  EXPECT_THAT(one.lines[0], ::testing::AnyOf("a/b 'x' qos 1 ids 1 2", "a/b 'x' qos 1 ids 2 1"));
}

TEST_F(HubTest, NoLocalLeavesOutWhatTheSameClientPublished) {
  Client first(*sessions, hub, "first", one);
  first.subscribe("a", {.no_local = true});
  hub.publish(message("a", "own", 0, false, "first"));
  hub.publish(message("a", "other's", 0, false, "second"));
  EXPECT_THAT(one.lines, ElementsAre("a 'other's' qos 0"));
  first.subscribe("#", {});
  hub.publish(message("a", "own", 0, false, "first"));
  EXPECT_THAT(one.lines, ElementsAre("a 'other's' qos 0", "a 'own' qos 0")) << "by its other filter";
}

TEST_F(HubTest, TheRetainFlagGoesOnOnlyAsPublished) {
  Client first(*sessions, hub, "first", one);
  Client second(*sessions, hub, "second", two);
  first.subscribe("a", {});
  second.subscribe("a", {.retain_as_published = true});
  hub.publish(message("a", "x", 0, true));
  hub.publish(message("a", "y", 0, false));
  EXPECT_THAT(one.lines, ElementsAre("a 'x' qos 0", "a 'y' qos 0"));
  EXPECT_THAT(two.lines, ElementsAre("a 'x' qos 0 retain", "a 'y' qos 0"));
}

TEST_F(HubTest, UnsubscribedIsNotDeliveredAndResubscribedIsReplaced) {
  Client first(*sessions, hub, "first", one);
  EXPECT_EQ(first.subscribe("a", {.maximum_qos = 1}), kNew);
  EXPECT_EQ(first.subscribe("a", {.maximum_qos = 0}), kReplaced);
  hub.publish(message("a", "x"));
  EXPECT_TRUE(first.unsubscribe("a"));
  EXPECT_FALSE(first.unsubscribe("a"));
  hub.publish(message("a", "y"));
  EXPECT_THAT(one.lines, ElementsAre("a 'x' qos 0"));
}

TEST_F(HubTest, RetainedMessagesAreSentAsRetainedAtTheLowerQoS) {
  hub.publish(message("a/1", "old", 1, true));
  hub.publish(message("a/1", "new", 1, true));
  hub.publish(message("a/2", "quiet", 0, true));
  hub.publish(message("b/1", "other", 1, true));
  Client first(*sessions, hub, "first", one);
  const SubscriptionOptions options{.maximum_qos = 1, .identifier = 7};
  first.subscribe("a/+", options);
  first.send_retained("a/+", options);
  EXPECT_THAT(one.lines, IsEmpty()) << "its connection answers first";
  EXPECT_FALSE(first.resume());
  EXPECT_FALSE(first.resume()) << "once";
  EXPECT_THAT(one.lines, UnorderedElementsAre("a/1 'new' qos 1 retain ids 7", "a/2 'quiet' qos 0 retain ids 7"));
}

TEST_F(HubTest, NoLocalHoldsForRetainedMessagesToo) {
  hub.publish(message("a", "own", 0, true, "first"));
  Client first(*sessions, hub, "first", one);
  first.send_retained("a", {.no_local = true});
  EXPECT_FALSE(first.resume());
  EXPECT_THAT(one.lines, IsEmpty());
}

TEST_F(HubTest, RetainedMessagesWaitForABusySubscriberAndNoneIsLost) {
  Hub small({.queue_messages = 1}, *sessions, metrics);
  for (const std::string_view topic : {"a", "b", "c"}) small.publish(message(topic, "kept", 0, true));
  Client first(*sessions, small, "first", one);
  first.subscribe("+", {});
  first.send_retained("+", {});
  one.answer = Outlet::Answer::kBusy;
  EXPECT_FALSE(first.resume()) << "the outlet says when";
  small.publish(message("c", "", 0, true));
  small.publish(message("b", "newer", 0, true));
  one.answer = Outlet::Answer::kTaken;
  EXPECT_FALSE(first.resume());
  EXPECT_THAT(one.lines, ElementsAre("a 'kept' qos 0 retain", "b 'newer' qos 0 retain"));
}

TEST_F(HubTest, OneTurnLooksAtABoundedNumberOfRetainedTopics) {
  for (int i = 0; i < 5000; ++i) hub.publish(message("t/" + std::to_string(i), "x", 0, true));
  Client first(*sessions, hub, "first", one);
  for (const std::string_view filter : {"none/+", "t/+/none", "t/4999"}) {
    first.subscribe(filter, {});
    first.send_retained(filter, {});
  }
  int calls = 1;
  for (; first.resume(); ++calls) ASSERT_LT(calls, 20);
  EXPECT_GE(calls, 10) << "two walks over 5,000 topics";
  EXPECT_THAT(one.lines, ElementsAre("t/4999 'x' qos 0 retain"));
}

TEST_F(HubTest, UnsubscribingEndsTheWayOfRetainedMessages) {
  hub.publish(message("a", "x", 0, true));
  Client first(*sessions, hub, "first", one);
  first.subscribe("#", {});
  first.send_retained("#", {});
  first.unsubscribe("#");
  EXPECT_FALSE(first.resume());
  EXPECT_THAT(one.lines, IsEmpty());
}

TEST_F(HubTest, FiltersBeyondTheLimitsAreRefused) {
  Hub small({.filters_per_subscriber = 2, .filter_levels = 3, .all_filters_bytes = 4000}, *sessions, metrics);
  Client first(*sessions, small, "first", one);
  Client second(*sessions, small, "second", two);
  EXPECT_EQ(first.subscribe("a/b/c/d", {}), kRefused) << "levels";
  EXPECT_EQ(first.subscribe("a", {}), kNew);
  EXPECT_EQ(first.subscribe("b", {}), kNew);
  EXPECT_EQ(first.subscribe("c", {}), kRefused) << "filters";
  EXPECT_EQ(first.subscribe("a", {}), kReplaced);
  EXPECT_EQ(second.subscribe(std::string(2000, 'x'), {}), kRefused) << "bytes of all";
  EXPECT_TRUE(first.unsubscribe("a"));
  EXPECT_TRUE(first.unsubscribe("b"));
  EXPECT_EQ(second.subscribe(std::string(1700, 'x'), {}), kNew) << "what is given back can be had";
}

}  // namespace
}  // namespace tidegate::hub
