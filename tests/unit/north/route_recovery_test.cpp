// Where a route goes on after a connection was lost, a range was refused, or one of the two sides lost its memory.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/north/route.hpp"
#include "tests/unit/north/fakes.hpp"

namespace tidegate::north {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class RouteRecoveryTest : public testing::Test {
 protected:
  void start(std::size_t batch_bytes = 1 << 20) {
    route.emplace(RouteOptions{"cloud", {StreamIndex{0}}, batch_bytes}, source, upstream, events, metrics);
    route->start();
  }
  std::uint64_t counter(const std::string& name) { return metrics.counter(name, "", {{"upstream", "cloud"}}).value(); }

  FakeSource source{{"s"}};
  ScriptedUpstream upstream;
  NotedEvents events;
  Metrics metrics;
  std::optional<Route> route;
  const LaneId s1 = lane("s", 1);
};

TEST_F(RouteRecoveryTest, what_was_not_acknowledged_is_sent_again_after_a_cut) {
  source.add(0, 6);
  start(20);
  upstream.welcome();
  upstream.acknowledge(s1, 3);
  upstream.sent.clear();
  upstream.lose();
  upstream.welcome({{s1, Offset{3}}});
  EXPECT_THAT(upstream.sent, ElementsAre(batch(s1, 3, 5), batch(s1, 5, 6)));
}

TEST_F(RouteRecoveryTest, an_upstream_that_has_more_than_it_acknowledged_moves_the_cursor) {
  source.add(0, 6);
  start();
  upstream.welcome({{s1, Offset{4}}});
  EXPECT_EQ(source.streams[0].cursor, Offset{4});
  EXPECT_THAT(upstream.sent, ElementsAre(batch(s1, 4, 6)));
}

TEST_F(RouteRecoveryTest, an_upstream_that_knows_nothing_is_sent_everything_from_the_cursor) {
  source.add(0, 6);
  source.streams[0].cursor = Offset{2};
  start();
  upstream.welcome();
  EXPECT_THAT(upstream.sent, ElementsAre(batch(s1, 2, 6)));
}

TEST_F(RouteRecoveryTest, an_upstream_that_fell_behind_the_cursor_gets_what_is_still_there_again) {
  source.add(0, 6);
  source.streams[0].cursor = Offset{5};
  source.evict_before(0, Offset{3});
  start();
  upstream.welcome({{s1, Offset{1}}});
  EXPECT_THAT(upstream.sent, ElementsAre(skip(s1, 1, 3, store::SkipReason::kEvicted), batch(s1, 3, 6)));
  EXPECT_TRUE(events.has("route.upstream_behind"));
  upstream.acknowledge(s1, 4);
  EXPECT_EQ(source.streams[0].cursor, Offset{5});
  upstream.acknowledge(s1, 6);
  EXPECT_EQ(source.streams[0].cursor, Offset{6});
}

TEST_F(RouteRecoveryTest, an_upstream_that_knows_more_than_the_store_has_begins_a_new_incarnation) {
  source.add(0, 3);
  start();
  upstream.welcome({{s1, Offset{7}}});
  EXPECT_TRUE(events.has("route.upstream_knows_other_records"));
  EXPECT_EQ(source.streams[0].cursor, Offset{3});
  EXPECT_THAT(upstream.sent, IsEmpty());
  source.add(0, 2);
  route->on_durable();
  EXPECT_THAT(upstream.sent, ElementsAre(batch(lane("s", 2), 3, 5)));
  upstream.acknowledge(lane("s", 2), 5);
  EXPECT_EQ(source.streams[0].cursor, Offset{5});
}

TEST_F(RouteRecoveryTest, of_several_lanes_of_another_store_the_farthest_is_reported) {
  source.add(0, 3);
  start();
  upstream.welcome({{lane("s", 8), Offset{5}}, {lane("s", 9), Offset{7}}, {s1, Offset{4}}});
  EXPECT_EQ(std::count(events.names.begin(), events.names.end(), "route.upstream_knows_other_records"), 1);
  EXPECT_EQ(events.fields["upstream_knows"], "7");
}

TEST_F(RouteRecoveryTest, the_new_incarnation_is_begun_once) {
  source.add(0, 3);
  start();
  upstream.welcome({{s1, Offset{7}}});
  upstream.lose();
  source.add(0, 2);
  upstream.welcome({{s1, Offset{7}}});
  EXPECT_EQ(source.streams[0].incarnations.size(), 2U);
  EXPECT_THAT(upstream.sent, ElementsAre(batch(lane("s", 2), 3, 5)));
}

TEST_F(RouteRecoveryTest, what_came_before_the_upstream_told_that_it_knows_more_is_sent_under_the_new_incarnation) {
  source.add(0, 3);
  start();
  source.add(0, 2);
  upstream.welcome({{s1, Offset{7}}});
  EXPECT_THAT(upstream.sent, ElementsAre(batch(lane("s", 2), 3, 5)));
  EXPECT_EQ(source.streams[0].cursor, Offset{3});
}

TEST_F(RouteRecoveryTest, what_a_restored_backup_wrote_since_its_start_is_sent_whatever_the_upstream_knows_of_before) {
  source.add(0, 5);
  source.streams[0].incarnations = {{incarnation(1), Offset{0}}, {incarnation(2), Offset{3}}};
  start();
  for (int connections = 0; connections < 2; ++connections) {
    upstream.sent.clear();
    upstream.welcome({{s1, Offset{9}}});
    EXPECT_THAT(upstream.sent, ElementsAre(batch(lane("s", 2), 3, 5)));
    upstream.lose();
  }
  EXPECT_EQ(source.streams[0].incarnations.size(), 2U);
  EXPECT_EQ(std::count(events.names.begin(), events.names.end(), "route.upstream_knows_other_records"), 1);
}

TEST_F(RouteRecoveryTest, nothing_is_sent_under_identities_that_are_taken) {
  source.add(0, 3);
  source.refuse_incarnation = true;
  start();
  upstream.welcome({{s1, Offset{7}}});
  source.add(0, 6);
  route->on_durable();
  EXPECT_THAT(upstream.sent, IsEmpty());
  EXPECT_EQ(source.streams[0].cursor, Offset{0});
  EXPECT_TRUE(events.has("route.incarnation_not_renewed"));
}

TEST_F(RouteRecoveryTest, positions_of_other_streams_and_incarnations_mean_nothing) {
  source.add(0, 2);
  start();
  upstream.welcome(
      {{lane("other", 1), Offset{99}}, {lane("s", 9), Offset{99}}, {{"s", incarnation(1), Lane{1}}, Offset{2}}});
  EXPECT_THAT(upstream.sent, ElementsAre(batch(s1, 0, 2)));
}

TEST_F(RouteRecoveryTest, a_range_that_was_not_taken_is_sent_again_with_what_follows) {
  source.add(0, 6);
  start(20);
  upstream.welcome();
  upstream.acknowledge(s1, 2);
  upstream.sent.clear();
  upstream.answer(s1, 2, 4, Delivery::kNotPersisted);
  EXPECT_THAT(upstream.sent, ElementsAre(batch(s1, 2, 4), batch(s1, 4, 6)));
  EXPECT_EQ(counter("tidegate_route_rewinds_total"), 1U);
}

TEST_F(RouteRecoveryTest, results_for_batches_behind_a_refused_one_do_not_send_them_twice) {
  source.add(0, 6);
  start(20);
  upstream.welcome();
  upstream.room = 0;
  upstream.sent.clear();
  for (std::uint64_t from : {0U, 2U, 4U}) upstream.answer(s1, from, from + 2, Delivery::kNotPersisted);
  upstream.room = 1000;
  route->on_room();
  EXPECT_THAT(upstream.sent, ElementsAre(batch(s1, 0, 2), batch(s1, 2, 4), batch(s1, 4, 6)));
}

TEST_F(RouteRecoveryTest, a_range_of_unknown_outcome_is_sent_again_under_the_same_identity) {
  source.add(0, 2);
  start();
  upstream.welcome();
  upstream.answer(s1, 0, 2, Delivery::kPossiblyPersisted);
  EXPECT_THAT(upstream.sent, ElementsAre(batch(s1, 0, 2), batch(s1, 0, 2)));
}

TEST_F(RouteRecoveryTest, what_is_acknowledged_is_not_sent_again_for_a_late_refusal) {
  source.add(0, 6);
  start(20);
  upstream.welcome();
  upstream.acknowledge(s1, 4);
  upstream.sent.clear();
  upstream.answer(s1, 2, 6, Delivery::kPossiblyPersisted);
  EXPECT_THAT(upstream.sent, ElementsAre(batch(s1, 4, 6)));
}

TEST_F(RouteRecoveryTest, a_read_that_began_before_a_rewind_is_not_sent) {
  source.add(0, 8);
  source.answer_at_once = false;
  start(20);
  upstream.welcome();
  source.answer_reads();
  upstream.sent.clear();
  source.answer_at_once = true;
  // A read of offsets above is under way here or has just ended: what counts is that the refused range comes first.
  upstream.answer(s1, 0, 2, Delivery::kNotPersisted);
  source.answer_reads();
  ASSERT_FALSE(upstream.sent.empty());
  EXPECT_EQ(upstream.sent.front(), batch(s1, 0, 2));
  for (std::size_t i = 1; i < upstream.sent.size(); ++i) EXPECT_EQ(upstream.sent[i].from, upstream.sent[i - 1].to);
}

TEST_F(RouteRecoveryTest, a_read_from_before_a_cut_is_not_sent_after_it) {
  source.add(0, 4);
  source.answer_at_once = false;
  start();
  upstream.welcome();
  upstream.lose();
  upstream.welcome({{s1, Offset{2}}});
  source.answer_reads();
  EXPECT_THAT(upstream.sent, ElementsAre(batch(s1, 2, 4)));
}

TEST_F(RouteRecoveryTest, a_rejected_range_is_named_and_the_route_goes_on) {
  source.add(0, 4);
  start(20);
  upstream.welcome();
  upstream.sent.clear();
  upstream.answer(s1, 0, 2, Delivery::kRejected);
  EXPECT_THAT(upstream.sent, ElementsAre(skip(s1, 0, 2, store::SkipReason::kRejected)));
  EXPECT_TRUE(events.has("route.rejected"));
  EXPECT_EQ(counter("tidegate_route_rejected_records_total"), 2U);
  EXPECT_EQ(source.streams[0].cursor, Offset{0});
  upstream.acknowledge(s1, 4);
  EXPECT_EQ(source.streams[0].cursor, Offset{4});
}

TEST_F(RouteRecoveryTest, an_acknowledgement_of_what_was_never_sent_is_not_believed) {
  source.add(0, 2);
  start();
  upstream.welcome();
  source.add(0, 2);
  upstream.acknowledge(s1, 99);
  EXPECT_EQ(source.streams[0].cursor, Offset{2});
}

}  // namespace
}  // namespace tidegate::north
