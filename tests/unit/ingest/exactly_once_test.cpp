#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/ingest/ingest.hpp"
#include "tests/unit/hub/scripted_outlet.hpp"
#include "tests/unit/support/sessions_bench.hpp"

namespace tidegate::ingest {
namespace {

class ExactlyOnceTest : public testing::Test, protected test::OpenSessions {
 protected:
  ExactlyOnceTest() { listen(); }
  ~ExactlyOnceTest() override {
    ingest.reset();
    hub.reset();
  }

  void listen() {
    hub.emplace(hub::HubOptions{}, *sessions, metrics);
    hub->restore();
    const IngestOptions wanted{{{{0}, {"sensors/#"}}, {{1}, {"alarms/#"}}}, rate, 3};
    ingest.emplace(wanted, *store, *sessions, *hub, clock, metrics);
    store->on_durable([this](store::Ticket) { ingest->on_durable(); });
    store->on_room([this] { ingest->on_room(); });
    source = ingest->source("c");
    source.session = sessions->find("c");
    if (source.session == nullptr) source.session = sessions->begin("c", std::chrono::seconds(60));
  }
  void restart() {
    ingest.reset();
    hub.reset();
    reopen_sessions();
    listen();
  }
  static Incoming publish(std::string_view topic, std::uint16_t packet_id, std::string_view payload = "x") {
    return {topic, as_bytes(payload), {}, 2, false, packet_id};
  }
  static Incoming act(Act what, std::uint16_t packet_id) { return {{}, {}, {}, 0, false, packet_id, what}; }

  Taken say(const std::vector<Incoming>& what) { return ingest->publish(source, what); }
  void say_durably(const std::vector<Incoming>& what) {
    const Taken taken = say(what);
    EXPECT_EQ(taken.count, what.size());
    wait_durable(taken.ticket);
    turns.run_queued();
  }
  std::uint64_t stored() { return store->state(test::kSensors).next.value; }

  double rate = 0;
  std::optional<hub::Hub> hub;
  std::optional<Ingest> ingest;
  Source source;
};

TEST_F(ExactlyOnceTest, TheSameIdentifierIsTheSameMessageUntilItIsReleased) {
  say_durably({publish("sensors/1", 7)});
  say_durably({publish("sensors/1", 7), publish("sensors/1", 7)});
  EXPECT_EQ(stored(), 1U);
  say_durably({act(Act::kRelease, 7), publish("sensors/1", 7)});
  EXPECT_EQ(stored(), 2U);
}

TEST_F(ExactlyOnceTest, ItIsSoAfterAStart) {
  say_durably({publish("sensors/1", 7), publish("sensors/1", 8)});
  say_durably({act(Act::kRelease, 8)});
  restart();
  say_durably({publish("sensors/1", 7)});
  EXPECT_EQ(stored(), 2U) << "7 is not released";
  say_durably({publish("sensors/1", 8)});
  EXPECT_EQ(stored(), 3U) << "8 is another message";
}

TEST_F(ExactlyOnceTest, ASecondPublishIsAnsweredWhenTheFirstIsDurable) {
  disk.hold_flushes();
  const Taken first = say({publish("sensors/1", 7)});
  const Taken second = say({publish("sensors/1", 7)});
  EXPECT_GE(second.ticket, first.ticket);
  EXPECT_LT(ingest->durable(), second.ticket);
  disk.release();
}

TEST_F(ExactlyOnceTest, AReleaseOfNothingKnownIsAnsweredAtOnce) {
  EXPECT_EQ(say({act(Act::kRelease, 9)}).ticket, store::Ticket{});
}

TEST_F(ExactlyOnceTest, AReleaseIsAnsweredWhenItsRecordIsDurable) {
  say_durably({publish("sensors/1", 7)});
  disk.hold_flushes();
  const Taken released = say({act(Act::kRelease, 7)});
  EXPECT_LT(ingest->durable(), released.ticket);
  disk.release();
}

TEST_F(ExactlyOnceTest, ItIsForWhatNoStreamMatchesToo) {
  say_durably({publish("other/1", 7), publish("other/1", 7)});
  EXPECT_EQ(ingest->unmatched().messages(), 1U);
  restart();
  say_durably({publish("other/1", 7)});
  EXPECT_EQ(ingest->unmatched().messages(), 0U) << "known from before the start";
}

TEST_F(ExactlyOnceTest, AWillHasNoIdentifierAndComesOnce) {
  say_durably({publish("sensors/1", 0), publish("sensors/1", 0)});
  EXPECT_EQ(stored(), 2U);
}

TEST_F(ExactlyOnceTest, ASessionThatIsNotKeptCostsNoRecord) {
  say_durably({publish("sensors/1", 1)});  // and with it that there is a session
  const auto fleeting = sessions->fleeting("other");
  source.session = fleeting.get();
  const Offset before = store->state(test::kState).next;
  say_durably({publish("sensors/1", 7), publish("sensors/1", 7)});
  say_durably({act(Act::kRelease, 7), publish("sensors/1", 7)});
  EXPECT_EQ(stored(), 3U);
  EXPECT_EQ(store->state(test::kState).next, before);
}

TEST_F(ExactlyOnceTest, WithoutRoomNothingOfAMessageIsTaken) {
  std::uint16_t packet_id = 0;
  Taken taken;
  while ((taken = say({publish("alarms/1", ++packet_id, std::string(1000, 'x'))})).count == 1)
    wait_durable(taken.ticket);
  EXPECT_FALSE(taken.retry_after);
  EXPECT_FALSE(source.session->received.contains(packet_id)) << "its sender sends it again";
  EXPECT_TRUE(source.session->received.contains(static_cast<std::uint16_t>(packet_id - 1)));
}

TEST_F(ExactlyOnceTest, WhatIsSaidOfAMessageDoesNotCountForTheRate) {
  rate = 1;
  restart();
  EXPECT_EQ(say({publish("sensors/1", 1), publish("sensors/1", 2), publish("sensors/1", 3)}).count, 3U);
  EXPECT_EQ(say({act(Act::kRelease, 1), act(Act::kRelease, 2), act(Act::kRelease, 3)}).count, 3U);
  EXPECT_EQ(say({act(Act::kRelease, 1), publish("sensors/1", 4)}).count, 1U);
}

TEST_F(ExactlyOnceTest, EachStepOfAMessageToASubscriberIsThereAfterAStart) {
  hub::test::ScriptedOutlet outlet;
  auto subscriber = hub->resume(*source.session, outlet);
  subscriber->subscribe("#", {.maximum_qos = 2});
  say_durably({publish("sensors/1", 7, "a"), publish("sensors/1", 8, "b"), publish("sensors/1", 9, "c")});
  subscriber->resume();
  EXPECT_EQ(outlet.lines.size(), 3U);
  say_durably({act(Act::kDelivered, 0x8000), act(Act::kDelivered, 0x8001)});
  say_durably({act(Act::kDone, 0x8000)});
  subscriber.reset();
  restart();
  outlet.lines.clear();
  subscriber = hub->resume(*source.session, outlet);
  subscriber->resume();
  EXPECT_THAT(outlet.lines, testing::ElementsAre("PUBREL 32769", "sensors/1 'c' qos 2 id 32770 again"));
  subscriber.reset();
}

TEST_F(ExactlyOnceTest, PubrecIsAnsweredWhenItsRecordIsDurableAlsoTheSecondTime) {
  hub::test::ScriptedOutlet outlet;
  const auto subscriber = hub->resume(*source.session, outlet);
  subscriber->subscribe("#", {.maximum_qos = 2});
  say_durably({publish("sensors/1", 7)});
  disk.hold_flushes();
  const Taken first = say({act(Act::kDelivered, 0x8000)});
  EXPECT_LT(ingest->durable(), first.ticket);
  EXPECT_EQ(say({act(Act::kDelivered, 0x8000)}).ticket, first.ticket);
  disk.release();
}

}  // namespace
}  // namespace tidegate::ingest
