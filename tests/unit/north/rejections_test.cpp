// What an upstream refuses for good is durable in the dead letter before the cursor passes it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/north/route.hpp"
#include "tests/unit/north/fakes.hpp"

namespace tidegate::north {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class FakeDeadLetter final : public DeadLetter {
 public:
  Result<store::Ticket> park(const store::Record& record, const Refusal& refusal) override {
    if (full) return Error{ErrorKind::kNoSpace, "full"};
    parked.push_back(std::string(as_text(record.message.payload)) + " " + refusal.reason);
    return store::Ticket{parked.size()};
  }
  [[nodiscard]] bool durable(store::Ticket ticket) const override { return ticket.value <= durable_to; }

  std::vector<std::string> parked;
  std::uint64_t durable_to = 0;
  bool full = false;
};

class RejectionsTest : public testing::Test {
 protected:
  void SetUp() override {
    source.add(0, 4);
    route.emplace(RouteOptions{"cloud", {StreamIndex{0}}, 1 << 20}, source, upstream, events, metrics);
    route->park_in(dead_letter);
    route->start();
    upstream.welcome();
    upstream.sent.clear();
  }
  std::uint64_t cursor() { return source.streams[0].cursor.value; }

  FakeSource source{{"s"}};
  FakeDeadLetter dead_letter;
  ScriptedUpstream upstream;
  NotedEvents events;
  Metrics metrics;
  std::optional<Route> route;
  const LaneId s1 = lane("s", 1);
};

TEST_F(RejectionsTest, the_cursor_does_not_pass_what_is_not_durable_in_the_dead_letter) {
  upstream.answer(s1, 1, 2, Delivery::kRejected);
  upstream.acknowledge(s1, 4);
  EXPECT_THAT(dead_letter.parked, ElementsAre("payload 1 because"));
  EXPECT_THAT(upstream.sent, IsEmpty());
  EXPECT_EQ(cursor(), 1U);
  dead_letter.durable_to = 1;
  route->on_durable();
  EXPECT_THAT(upstream.sent, ElementsAre(skip(s1, 1, 2, store::SkipReason::kRejected)));
  EXPECT_EQ(cursor(), 4U);
}

TEST_F(RejectionsTest, all_of_a_range_is_parked) {
  upstream.answer(s1, 0, 3, Delivery::kRejected);
  EXPECT_THAT(dead_letter.parked, ElementsAre("payload 0 because", "payload 1 because", "payload 2 because"));
  dead_letter.durable_to = 2;
  route->on_durable();
  EXPECT_THAT(upstream.sent, IsEmpty());
  EXPECT_TRUE(events.has("route.rejected"));
}

TEST_F(RejectionsTest, what_finds_no_room_is_parked_later) {
  dead_letter.full = true;
  upstream.answer(s1, 1, 2, Delivery::kRejected);
  upstream.acknowledge(s1, 4);
  EXPECT_THAT(dead_letter.parked, IsEmpty());
  dead_letter.full = false;
  dead_letter.durable_to = 1;
  route->on_durable();
  EXPECT_THAT(dead_letter.parked, ElementsAre("payload 1 because"));
  EXPECT_EQ(cursor(), 4U);
}

TEST_F(RejectionsTest, what_is_refused_again_after_a_cut_is_not_parked_again) {
  upstream.answer(s1, 1, 2, Delivery::kRejected);
  upstream.lose();
  dead_letter.durable_to = 1;
  route->on_durable();
  upstream.welcome();
  upstream.sent.clear();
  upstream.answer(s1, 1, 2, Delivery::kRejected);
  EXPECT_EQ(dead_letter.parked.size(), 1U);
  EXPECT_THAT(upstream.sent, ElementsAre(skip(s1, 1, 2, store::SkipReason::kRejected)));
  EXPECT_EQ(metrics.counter("tidegate_route_rejected_records_total", "", {{"upstream", "cloud"}}).value(), 1U);
}

TEST_F(RejectionsTest, an_upstream_that_has_passed_it_does_not_move_the_cursor_past_it_either) {
  upstream.answer(s1, 1, 2, Delivery::kRejected);
  upstream.lose();
  upstream.welcome({{s1, Offset{4}}});
  EXPECT_EQ(cursor(), 1U);
  dead_letter.durable_to = 1;
  route->on_durable();
  EXPECT_EQ(cursor(), 4U);
}

}  // namespace
}  // namespace tidegate::north
