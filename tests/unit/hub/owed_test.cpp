// QoS 2 to subscribers: owed from when it is taken, sent when it is durable, and by sessions that are kept also while
// their clients are away.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

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

class OwedTest : public ::testing::Test, protected tidegate::test::OpenSessions {
 protected:
  OwedTest() { listen(); }
  ~OwedTest() override { hub.reset(); }

  void listen() {
    hub.emplace(HubOptions{}, *sessions, metrics);
    hub->restore();
    store->on_durable([this](store::Ticket) { hub->on_durable(); });
  }
  void restart() {
    hub.reset();
    reopen_sessions();
    listen();
  }
  /// A message of QoS 2 that ingest takes; its ticket.
  store::Ticket take(std::string_view topic, std::string_view payload, bool retain = false) {
    const store::Message taken = message(topic, payload, 2, retain);
    sessions::Group group = sessions->group();
    group.add(tidegate::test::kSensors, taken);
    hub->prepare(taken, group);
    const auto ticket = sessions->append(group);
    EXPECT_TRUE(ticket.ok());
    hub->publish(taken, *ticket);
    return *ticket;
  }
  void take_durably(std::string_view topic, std::string_view payload) {
    wait_durable(take(topic, payload));
    turns.run_queued();
  }
  sessions::Session& kept(const std::string& client) {
    sessions::Session* session = sessions->find(client);
    return session != nullptr ? *session : *sessions->begin(client, std::chrono::seconds(60));
  }
  std::uint64_t drops(const char* reason) {
    return metrics.counter("tidegate_hub_dropped_messages_total", "", {{"reason", reason}}).value();
  }

  std::optional<Hub> hub;
  test::ScriptedOutlet outlet;
};

TEST_F(OwedTest, QoS2LeavesAfterItsCommitAndLowerQualitiesAtOnce) {
  Client once(*sessions, *hub, "once", outlet);
  once.subscribe("#", {.maximum_qos = 2});
  test::ScriptedOutlet other_outlet;
  Client other(*sessions, *hub, "other", other_outlet);
  other.subscribe("#", {.maximum_qos = 1});
  disk.hold_flushes();
  const store::Ticket ticket = take("a", "x");
  EXPECT_THAT(other_outlet.lines, ElementsAre("a 'x' qos 1"));
  EXPECT_THAT(outlet.lines, IsEmpty());
  disk.release();
  wait_durable(ticket);
  turns.run_queued();
  EXPECT_EQ(outlet.woken, 1);
  once.resume();
  EXPECT_THAT(outlet.lines, ElementsAre("a 'x' qos 2 id 32768"));
}

TEST_F(OwedTest, OverlappingFiltersAreOneCopyAtQoS2WithAllIdentifiers) {
  Client once(*sessions, *hub, "once", outlet);
  once.subscribe("a/#", {.maximum_qos = 0, .identifier = 1});
  once.subscribe("+/b", {.maximum_qos = 2, .retain_as_published = true, .identifier = 2});
  wait_durable(take("a/b", "x", true));
  once.resume();
  ASSERT_EQ(outlet.lines.size(), 1U);
  EXPECT_THAT(outlet.lines[0],
              ::testing::AnyOf("a/b 'x' qos 2 id 32768 retain ids 1 2", "a/b 'x' qos 2 id 32768 retain ids 2 1"));
}

TEST_F(OwedTest, ASessionThatIsKeptIsOwedWhatComesWhileItsClientIsAway) {
  auto subscriber = hub->resume(kept("c"), outlet);
  subscriber->subscribe("#", {.maximum_qos = 2});
  hub->rest(std::move(subscriber));
  take_durably("a", "x");
  take_durably("b", "y");
  EXPECT_THAT(outlet.lines, IsEmpty());
  subscriber = hub->resume(kept("c"), outlet);
  subscriber->resume();
  EXPECT_THAT(outlet.lines, ElementsAre("a 'x' qos 2 id 32768", "b 'y' qos 2 id 32769"));
}

TEST_F(OwedTest, ItIsOwedStillAfterAStartAndItsSubscriptionsAreThere) {
  auto subscriber = hub->resume(kept("c"), outlet);
  subscriber->subscribe("a", {.maximum_qos = 2, .identifier = 5});
  take_durably("a", "sent");
  subscriber->resume();
  subscriber.reset();
  restart();
  take_durably("a", "while away");
  subscriber = hub->resume(kept("c"), outlet);
  subscriber->resume();
  EXPECT_THAT(outlet.lines, ElementsAre("a 'sent' qos 2 id 32768 ids 5", "a 'sent' qos 2 id 32768 again ids 5",
                                        "a 'while away' qos 2 id 32769 ids 5"));
  subscriber.reset();
}

TEST_F(OwedTest, WhatTheClientHasIsReleasedNotSentAgain) {
  auto subscriber = hub->resume(kept("c"), outlet);
  subscriber->subscribe("a", {.maximum_qos = 2});
  take_durably("a", "x");
  subscriber->resume();
  kept("c").outbound.delivered(32768, {});
  outlet.lines.clear();
  hub->rest(std::move(subscriber));
  subscriber = hub->resume(kept("c"), outlet);
  subscriber->resume();
  EXPECT_THAT(outlet.lines, ElementsAre("PUBREL 32768"));
}

TEST_F(OwedTest, QoS1ForAClientThatIsAwayIsCounted) {
  auto subscriber = hub->resume(kept("c"), outlet);
  subscriber->subscribe("#", {.maximum_qos = 2});
  hub->rest(std::move(subscriber));
  hub->publish(message("a", "x", 1));
  hub->publish(message("a", "y", 0));
  EXPECT_EQ(drops("absent"), 1U);
  subscriber = hub->resume(kept("c"), outlet);
  subscriber->resume();
  EXPECT_THAT(outlet.lines, IsEmpty());
}

TEST_F(OwedTest, AQueueThatIsFullDropsTheOldestAlsoOnTheDisk) {
  limits.outbound.messages = 2;
  restart();
  auto subscriber = hub->resume(kept("c"), outlet);
  subscriber->subscribe("#", {.maximum_qos = 2});
  hub->rest(std::move(subscriber));
  for (const std::string_view payload : {"1", "2", "3", "4"}) take_durably("a", payload);
  EXPECT_EQ(drops("queue_full"), 2U);
  restart();
  subscriber = hub->resume(kept("c"), outlet);
  subscriber->resume();
  EXPECT_THAT(outlet.lines, ElementsAre("a '3' qos 2 id 32770 again", "a '4' qos 2 id 32771 again"));
  subscriber.reset();
}

// Found by an outsider: 3036 and then, after a kill, 3012.
TEST_F(OwedTest, NothingYoungerLeavesBeforeWhatWasDroppedIsDurablyOwedNoMore) {
  limits.outbound.messages = 3;
  restart();
  auto subscriber = hub->resume(kept("c"), outlet);
  subscriber->subscribe("#", {.maximum_qos = 2});
  hub->rest(std::move(subscriber));
  for (const std::string_view payload : {"1", "2", "3"}) take_durably("a", payload);
  disk.hold_flushes();
  const store::Ticket ticket = take("a", "4");
  subscriber = hub->resume(kept("c"), outlet);
  subscriber->resume();
  EXPECT_THAT(outlet.lines, IsEmpty());
  disk.release();
  wait_durable(ticket);
  subscriber->resume();
  EXPECT_THAT(outlet.lines, ElementsAre("a '2' qos 2 id 32769", "a '3' qos 2 id 32770", "a '4' qos 2 id 32771"));
}

TEST_F(OwedTest, WhatIsDroppedIsInOneGroupWithTheMessageThatTakesItsPlace) {
  limits.outbound.messages = 1;
  restart();
  auto subscriber = hub->resume(kept("c"), outlet);
  subscriber->subscribe("#", {.maximum_qos = 2});
  hub->rest(std::move(subscriber));
  take_durably("a", "1");
  const store::Message next = message("a", "2", 2);
  sessions::Group group = sessions->group();
  hub->prepare(next, group);
  ASSERT_EQ(group.entries().size(), 2U);
  const auto dropped = sessions::decode(group.entries()[0].message);
  ASSERT_TRUE(dropped && std::holds_alternative<sessions::Identifiers>(*dropped));
  EXPECT_EQ(std::get<sessions::Identifiers>(*dropped).step, sessions::Step::kDone);
  EXPECT_THAT(std::get<sessions::Identifiers>(*dropped).packet_ids, ElementsAre(32768));
}

// PUBCOMPs are durable within a second: after a kill, what was sent when they had come is not the oldest any more.
TEST_F(OwedTest, WhatWasSentAfterAPubcompThatIsLostCountsAsSentAfterAStart) {
  limits.outbound.at_a_time = 2;
  restart();
  auto subscriber = hub->resume(kept("c"), outlet);
  subscriber->subscribe("#", {.maximum_qos = 2});
  for (const std::string_view payload : {"1", "2", "3", "4", "5"}) take_durably("a", payload);
  wait_durable(
      *sessions->note(kept("c"), sessions::Identifiers{kept("c").number, sessions::Step::kDelivered, {32768, 32769}}));
  subscriber.reset();
  outlet.lines.clear();
  restart();
  subscriber = hub->resume(kept("c"), outlet);
  subscriber->resume();
  EXPECT_THAT(outlet.lines, ElementsAre("PUBREL 32768", "PUBREL 32769", "a '3' qos 2 id 32770 again",
                                        "a '4' qos 2 id 32771 again", "a '5' qos 2 id 32772"));
  subscriber.reset();
}

TEST_F(OwedTest, WhatIsTooLargeToBeKeptIsCounted) {
  limits.bytes = 1 << 20;
  restart();
  auto subscriber = hub->resume(kept("c"), outlet);
  subscriber->subscribe("#", {.maximum_qos = 2});
  const std::string payload((400 << 10) - std::string_view("a").size() - std::string_view("sensor").size(), 'x');
  const auto is_kept = [&](std::string_view of_payload) {
    const store::Message large = message("a", of_payload, 2, false, "sensor");
    sessions::Group group = sessions->group();
    hub->prepare(large, group);
    return !group.empty();
  };
  EXPECT_FALSE(is_kept(payload));
  EXPECT_EQ(drops("too_large"), 1U);
  EXPECT_TRUE(is_kept(std::string_view(payload).substr(1)));
  EXPECT_EQ(drops("too_large"), 1U);
}

TEST_F(OwedTest, WhatTheClientNeverTakesIsOwedNoMore) {
  auto subscriber = hub->resume(kept("c"), outlet);
  subscriber->subscribe("#", {.maximum_qos = 2});
  outlet.answer = Answer::kTooLarge;
  take_durably("a", "x");
  subscriber->resume();
  EXPECT_EQ(drops("too_large"), 1U);
  EXPECT_TRUE(kept("c").outbound.all().empty());
  subscriber.reset();
  restart();
  EXPECT_TRUE(kept("c").outbound.all().empty());
}

TEST_F(OwedTest, UnsubscribedIsNotOwedAnyMoreButWhatWaitsIs) {
  auto subscriber = hub->resume(kept("c"), outlet);
  subscriber->subscribe("a", {.maximum_qos = 2});
  outlet.answer = Answer::kBusy;
  take_durably("a", "before");
  EXPECT_TRUE(subscriber->unsubscribe("a"));
  take_durably("a", "after");
  subscriber.reset();
  restart();
  outlet.answer = Answer::kTaken;
  subscriber = hub->resume(kept("c"), outlet);
  subscriber->resume();
  EXPECT_THAT(outlet.lines, ElementsAre("a 'before' qos 2 id 32768 again"));
  EXPECT_FALSE(subscriber->unsubscribe("a"));
  subscriber.reset();
}

TEST_F(OwedTest, RetainedMessagesOfQoS2AreOwedToo) {
  for (int i = 0; i < 200; ++i) wait_durable(take("t/" + std::to_string(i), "x", true));
  auto subscriber = hub->resume(kept("c"), outlet);
  const SubscriptionOptions options{.maximum_qos = 2};
  subscriber->subscribe("t/+", options);
  subscriber->send_retained("t/+", options);
  for (int turn = 0; turn < 1000 && outlet.lines.size() < 200; ++turn) {
    subscriber->resume();
    wait_durable(*sessions->note(kept("c"), sessions::SessionIs{kept("c").number, "c", std::chrono::seconds(60)}));
    for (std::uint16_t id = 0x8000; id < 0x8000 + outlet.lines.size(); ++id) kept("c").outbound.done(id);
  }
  EXPECT_EQ(outlet.lines.size(), 200U);
  EXPECT_EQ(std::set<std::string>(outlet.lines.begin(), outlet.lines.end()).size(), 200U);
  EXPECT_EQ(drops("queue_full"), 0U);
  subscriber.reset();
}

TEST_F(OwedTest, OneRecordIsForAllWhoAreOwed) {
  std::vector<std::unique_ptr<Subscriber>> subscribers;
  for (int i = 0; i < 50; ++i) {
    subscribers.push_back(hub->resume(kept("c" + std::to_string(i)), outlet));
    subscribers.back()->subscribe("#", {.maximum_qos = 2});
  }
  const std::string payload(1000, 'x');
  const store::Message taken = message("a", payload, 2);
  sessions::Group group = sessions->group();
  hub->prepare(taken, group);
  EXPECT_EQ(group.state_records(), 1U);
  EXPECT_LT(group.state_bytes(), 2000U);
}

TEST_F(OwedTest, ASessionThatEndsIsForgotten) {
  auto subscriber = hub->resume(kept("c"), outlet);
  subscriber->subscribe("#", {.maximum_qos = 2});
  hub->rest(std::move(subscriber));
  EXPECT_TRUE(hub->wants(false));
  hub->forget(kept("c"));
  EXPECT_FALSE(hub->wants(false));
  sessions->end(kept("c"));
  take_durably("a", "x");
}

}  // namespace
}  // namespace tidegate::hub
