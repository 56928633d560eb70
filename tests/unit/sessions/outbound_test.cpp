#include "gateway/sessions/outbound.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tidegate::sessions {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Phase = OwedMessage::Phase;

constexpr std::uint16_t kFirst = Outbound::kLeastId;

class OutboundTest : public ::testing::Test {
 protected:
  void start(OutboundLimits wanted, std::size_t budget_bytes = 1 << 20) {
    outbound.reset();
    limits = wanted;
    budget.emplace(budget_bytes, gauge);
    outbound.emplace(limits, *budget, messages);
  }
  /// Owes a message, durable with `ticket` as is what is dropped for it; its identifier, or 0 if there is no place.
  std::uint16_t owe(std::string_view payload, std::uint64_t ticket = 0) {
    store::Message message;
    message.topic = "t";
    message.payload = as_bytes(payload);
    const auto kept = std::make_shared<const store::KeptMessage>(message);
    const auto place = outbound->place(kept->bytes(), 0, is_sending);
    if (!place) return 0;
    dropped = place->dropped;
    OwedMessage owed;
    owed.message = kept;
    owed.ticket = {ticket};
    outbound->owe(*place, std::move(owed), {ticket});
    return place->packet_id;
  }
  /// What a connection is sent now: identifiers; those that may have been sent before are negative.
  std::vector<int> send(std::uint64_t durable = 0, std::size_t most = 100) {
    std::vector<int> sent;
    while (sent.size() < most) {
      const OwedMessage* next = outbound->next({durable});
      if (next == nullptr) break;
      sent.push_back(next->phase == Phase::kUnsent ? next->packet_id : -next->packet_id);
      outbound->sent();
    }
    return sent;
  }

  Gauge gauge;
  Gauge messages;
  OutboundLimits limits;
  std::optional<Budget> budget;
  std::optional<Outbound> outbound;
  std::vector<std::uint16_t> dropped;
  bool is_sending = false;
};

TEST_F(OutboundTest, MessagesAreSentInOrderOnceTheyAreDurable) {
  start({});
  EXPECT_EQ(owe("a", 1), kFirst);
  EXPECT_EQ(owe("b", 3), kFirst + 1);
  EXPECT_EQ(owe("c", 2), kFirst + 2);
  EXPECT_THAT(send(0), IsEmpty());
  EXPECT_THAT(send(2), ElementsAre(kFirst)) << "what stands before goes first";
  EXPECT_THAT(send(3), ElementsAre(kFirst + 1, kFirst + 2));
  EXPECT_THAT(send(3), IsEmpty());
}

TEST_F(OutboundTest, ANewConnectionIsSentEverythingThatIsNotDone) {
  start({});
  for (const char* payload : {"a", "b", "c", "d"}) owe(payload);
  EXPECT_THAT(send(0, 3), ElementsAre(kFirst, kFirst + 1, kFirst + 2));
  outbound->done(kFirst);
  outbound->delivered(kFirst + 1, {7});
  outbound->begin_again();
  EXPECT_THAT(send(6), IsEmpty()) << "PUBREL waits for its record";
  EXPECT_THAT(send(7), ElementsAre(-(kFirst + 1), -(kFirst + 2), kFirst + 3));
  EXPECT_EQ(outbound->find(kFirst + 1)->message, nullptr) << "the client has it";
}

TEST_F(OutboundTest, FullItDropsTheOldestThatWasNotSent) {
  start({.messages = 3});
  for (const char* payload : {"a", "b", "c"}) owe(payload);
  EXPECT_THAT(send(0, 1), ElementsAre(kFirst));
  EXPECT_EQ(owe("d"), kFirst + 3);
  EXPECT_THAT(dropped, ElementsAre(kFirst + 1));
  outbound->begin_again();
  EXPECT_THAT(send(0), ElementsAre(-kFirst, kFirst + 2, kFirst + 3));
  EXPECT_EQ(owe("e"), 0) << "nothing can be taken back";
  outbound->done(kFirst + 2);
  EXPECT_NE(owe("e"), 0);
}

TEST_F(OutboundTest, BytesAreBoundedForOneAndForAll) {
  const std::string large(1000, 'x');
  start({.bytes = 3000});
  for (int i = 0; i < 5; ++i) owe(large);
  EXPECT_EQ(outbound->all().size(), 2U);
  EXPECT_EQ(owe(std::string(3000, 'x')), 0);
  start({}, 3000);
  for (int i = 0; i < 5; ++i) owe(large);
  EXPECT_EQ(outbound->all().size(), 2U);
  EXPECT_LE(gauge.value(), 3000);
  EXPECT_EQ(messages.value(), 2);
  outbound.reset();
  EXPECT_EQ(budget->used(), 0U);
  EXPECT_EQ(messages.value(), 0);
}

TEST_F(OutboundTest, IdentifiersAreUsedInTurnAndNoneTwice) {
  start({.messages = 3});
  EXPECT_EQ(owe("stays"), kFirst);
  EXPECT_THAT(send(), ElementsAre(kFirst));
  for (unsigned id = kFirst + 1; id <= 0xFFFF; ++id) {
    ASSERT_EQ(owe("goes"), id);
    outbound->done(static_cast<std::uint16_t>(id));
  }
  EXPECT_EQ(owe("next"), kFirst + 1) << "the first is in use";
}

TEST_F(OutboundTest, AfterAStartTheOldestMayHaveBeenSent) {
  start({.messages = 3, .at_a_time = 2});
  for (const char* payload : {"a", "b", "c"}) owe(payload);
  outbound->assume_sent();
  owe("d");
  EXPECT_THAT(dropped, ElementsAre(kFirst + 2));
  EXPECT_THAT(send(), ElementsAre(-kFirst, -(kFirst + 1), kFirst + 3));
}

// Their ends may not have become durable, and what was sent in their stead is behind them.
TEST_F(OutboundTest, AfterAStartWhatTheClientHasIsNotCountedAmongWhatMayHaveBeenSent) {
  start({.messages = 5, .at_a_time = 2});
  for (const char* payload : {"a", "b", "c", "d", "e"}) owe(payload);
  outbound->delivered(kFirst, {});
  outbound->delivered(kFirst + 1, {});
  outbound->assume_sent();
  EXPECT_NE(owe("f"), 0);
  EXPECT_THAT(dropped, ElementsAre(kFirst + 4));
  EXPECT_EQ(owe("g", 1), kFirst + 6);
  EXPECT_THAT(dropped, ElementsAre(kFirst + 5));
  EXPECT_THAT(send(1), ElementsAre(-kFirst, -(kFirst + 1), -(kFirst + 2), -(kFirst + 3), kFirst + 6));
}

// A start would owe the dropped ones again, behind what was sent meanwhile.
TEST_F(OutboundTest, NothingYoungerLeavesBeforeADropIsDurable) {
  start({.messages = 3});
  for (const char* payload : {"a", "b", "c"}) owe(payload, 1);
  owe("d", 5);
  owe("e", 6);
  EXPECT_THAT(send(5), IsEmpty());
  EXPECT_THAT(send(6), ElementsAre(kFirst + 2, kFirst + 3, kFirst + 4));
}

TEST_F(OutboundTest, WhileItIsSendingWhatLeavesNextIsSparedSoThatSomethingCan) {
  start({.messages = 6, .at_a_time = 2});
  is_sending = true;
  for (int i = 0; i < 6; ++i) owe("old", 1);
  for (std::uint64_t ticket = 2; ticket < 100; ++ticket) {
    owe("new", ticket);
    ASSERT_NE(outbound->next({1}), nullptr);
  }
  EXPECT_THAT(send(1), ElementsAre(kFirst, kFirst + 1)) << "the next one waits for the last drop";
  start({.messages = 1});
  owe("alone");
  EXPECT_NE(owe("next"), 0);
}

}  // namespace
}  // namespace tidegate::sessions
