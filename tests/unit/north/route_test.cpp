#include "gateway/north/route.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/north/fakes.hpp"
#include "tests/unit/support/turns.hpp"

namespace tidegate::north {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class RouteTest : public testing::Test {
 protected:
  void start(std::size_t batch_bytes = 1 << 20) {
    std::vector<StreamIndex> indexes;
    for (std::uint16_t i = 0; i < source.streams.size(); ++i) indexes.push_back({i});
    route.emplace(RouteOptions{"cloud", indexes, batch_bytes}, source, upstream, events, metrics);
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

TEST_F(RouteTest, sends_nothing_before_the_upstream_is_connected) {
  source.add(0, 3);
  start();
  route->on_durable();
  EXPECT_THAT(upstream.sent, IsEmpty());
}

TEST_F(RouteTest, sends_what_is_durable_in_order_and_moves_the_cursor_when_it_is_confirmed) {
  source.add(0, 3);
  start();
  upstream.welcome();
  EXPECT_THAT(upstream.sent, ElementsAre(batch(s1, 0, 3)));
  EXPECT_THAT(upstream.payloads, ElementsAre("payload 0", "payload 1", "payload 2"));
  EXPECT_EQ(source.streams[0].cursor, Offset{0});
  upstream.acknowledge(s1, 2);
  EXPECT_EQ(source.streams[0].cursor, Offset{2});
  upstream.acknowledge(s1, 3);
  EXPECT_EQ(source.streams[0].cursor, Offset{3});
  EXPECT_EQ(counter("tidegate_upstream_acknowledged_records_total"), 3U);
}

TEST_F(RouteTest, a_commit_is_sent_on_as_soon_as_it_is_durable) {
  start();
  upstream.welcome();
  source.add(0, 1);
  route->on_durable();
  EXPECT_THAT(upstream.sent, ElementsAre(batch(s1, 0, 1)));
}

TEST_F(RouteTest, small_batches_wait_for_the_acknowledgement_of_the_one_before) {
  start();
  upstream.welcome();
  for (int i = 0; i < 4; ++i) {
    source.add(0, 1);
    route->on_durable();
  }
  upstream.acknowledge(s1, 1);
  EXPECT_THAT(upstream.sent, ElementsAre(batch(s1, 0, 1), batch(s1, 1, 4)));
}

TEST_F(RouteTest, full_batches_follow_each_other_while_there_is_room) {
  source.add(0, 10);
  upstream.room = 3;
  start(20);
  upstream.welcome();
  EXPECT_THAT(upstream.sent, ElementsAre(batch(s1, 0, 2), batch(s1, 2, 4), batch(s1, 4, 6)));
  upstream.room = 1;
  route->on_room();
  EXPECT_EQ(upstream.sent.back(), batch(s1, 6, 8));
}

TEST_F(RouteTest, one_read_is_under_way_at_a_time) {
  source.answer_at_once = false;
  source.add(0, 10);
  start(20);
  upstream.welcome();
  route->on_durable();
  route->on_room();
  EXPECT_EQ(source.unanswered(), 1U);
}

TEST_F(RouteTest, a_commit_during_a_read_that_finds_nothing_is_not_forgotten) {
  source.answer_at_once = false;
  start();
  upstream.welcome();
  source.add(0, 1);
  route->on_durable();
  source.answer_reads();
  EXPECT_THAT(upstream.sent, ElementsAre(batch(s1, 0, 1)));
}

TEST_F(RouteTest, a_batch_holds_records_of_one_boot) {
  source.add(0, 2, boot(1));
  source.add(0, 2, boot(2));
  start();
  upstream.welcome();
  EXPECT_THAT(upstream.sent, ElementsAre(batch(s1, 0, 2), batch(s1, 2, 4)));
}

TEST_F(RouteTest, a_batch_holds_records_of_one_incarnation) {
  source.add(0, 4);
  source.streams[0].incarnations = {{incarnation(1), Offset{0}}, {incarnation(2), Offset{3}}};
  start();
  upstream.welcome();
  EXPECT_THAT(upstream.sent, ElementsAre(batch(s1, 0, 3), batch(lane("s", 2), 3, 4)));
}

TEST_F(RouteTest, the_cursor_does_not_pass_an_incarnation_that_is_not_confirmed) {
  source.add(0, 4);
  source.streams[0].incarnations = {{incarnation(1), Offset{0}}, {incarnation(2), Offset{3}}};
  start();
  upstream.welcome();
  upstream.acknowledge(lane("s", 2), 4);
  EXPECT_EQ(source.streams[0].cursor, Offset{0});
  upstream.acknowledge(s1, 3);
  EXPECT_EQ(source.streams[0].cursor, Offset{4});
}

TEST_F(RouteTest, the_cursor_does_not_jump_over_the_rest_of_an_incarnation) {
  source.add(0, 4);
  source.streams[0].incarnations = {{incarnation(1), Offset{0}}, {incarnation(2), Offset{3}}};
  start();
  upstream.welcome();
  upstream.acknowledge(s1, 1);
  upstream.acknowledge(lane("s", 2), 4);
  EXPECT_EQ(source.streams[0].cursor, Offset{1});
}

TEST_F(RouteTest, what_was_evicted_is_named) {
  source.add(0, 5);
  source.evict_before(0, Offset{3});
  start();
  upstream.welcome();
  EXPECT_THAT(upstream.sent, ElementsAre(skip(s1, 0, 3, store::SkipReason::kEvicted), batch(s1, 3, 5)));
  upstream.acknowledge(s1, 5);
  EXPECT_EQ(counter("tidegate_upstream_acknowledged_records_total"), 2U);
  EXPECT_EQ(counter("tidegate_route_skipped_records_total"), 3U);
}

TEST_F(RouteTest, a_skip_across_incarnations_is_named_in_each) {
  source.add(0, 5);
  source.evict_before(0, Offset{4});
  source.streams[0].incarnations = {{incarnation(1), Offset{0}}, {incarnation(2), Offset{3}}};
  start();
  upstream.welcome();
  EXPECT_THAT(upstream.sent,
              ElementsAre(skip(s1, 0, 3, store::SkipReason::kEvicted),
                          skip(lane("s", 2), 3, 4, store::SkipReason::kEvicted), batch(lane("s", 2), 4, 5)));
}

TEST_F(RouteTest, the_greeting_tells_each_stretch_that_is_held) {
  source.add(0, 5);
  source.evict_before(0, Offset{1});
  source.streams[0].incarnations = {{incarnation(1), Offset{0}}, {incarnation(2), Offset{3}}};
  start();
  const std::vector<Holding> held = route->holdings();
  ASSERT_EQ(held.size(), 2U);
  EXPECT_EQ(held[0].lane, s1);
  EXPECT_EQ(held[0].first, Offset{1});
  EXPECT_EQ(held[0].next, Offset{3});
  EXPECT_EQ(held[1].lane, lane("s", 2));
  EXPECT_EQ(held[1].first, Offset{3});
  EXPECT_EQ(held[1].next, Offset{5});
}

TEST_F(RouteTest, a_route_that_finishes_sends_nothing_more_and_awaits_what_is_under_way) {
  start();
  upstream.welcome();
  source.add(0, 3);
  route->on_durable();
  EXPECT_TRUE(route->has_under_way());
  route->finish();
  source.add(0, 2);
  route->on_durable();
  upstream.acknowledge(s1, 3);
  EXPECT_FALSE(route->has_under_way());
  EXPECT_EQ(source.streams[0].cursor, Offset{3});
  EXPECT_THAT(upstream.sent, ElementsAre(batch(s1, 0, 3)));
}

TEST_F(RouteTest, nothing_is_awaited_of_an_upstream_that_is_gone) {
  start();
  upstream.welcome();
  source.add(0, 3);
  route->on_durable();
  upstream.lose();
  EXPECT_FALSE(route->has_under_way());
}

TEST_F(RouteTest, a_read_that_ends_after_close_is_dropped) {
  source.answer_at_once = false;
  source.add(0, 1);
  start();
  upstream.welcome();
  route->close();
  route.reset();
  source.answer_reads();
  EXPECT_THAT(upstream.sent, IsEmpty());
}

class TwoStreamsTest : public RouteTest {
 protected:
  TwoStreamsTest() { source = FakeSource({"urgent", "bulk"}); }
};

TEST_F(TwoStreamsTest, the_first_stream_goes_first_and_the_other_one_is_not_starved) {
  source.add(0, 100);
  source.add(1, 100);
  upstream.room = 30;
  start(10);
  upstream.welcome();
  std::size_t bulk = 0;
  for (const auto& sent : upstream.sent) bulk += sent.lane.stream == "bulk" ? 1U : 0U;
  EXPECT_EQ(upstream.sent.front().lane.stream, "urgent");
  EXPECT_GE(bulk, 2U);
  EXPECT_LE(bulk, 5U);
}

class TimedRouteTest : public RouteTest {
 protected:
  /// A record an offset and second; the clock is 1,000 s off until offset 2.
  TimedRouteTest() {
    source.received = [](Offset offset) {
      const Monotonic at = std::chrono::seconds(offset.value);
      return offset.value < 2 ? Timestamp{at, at - std::chrono::seconds(1000), TimeQuality::kUnknown}
                              : Timestamp{at, at + std::chrono::seconds(50), TimeQuality::kSynchronised};
    };
    anchors.remember(anchor);
  }
  void start_corrected() {
    route.emplace(RouteOptions{"cloud", {StreamIndex{0}}, 1 << 20}, source, upstream, events, metrics);
    route->correct_times(anchors);
    route->start();
  }
  static Timestamp time(int monotonic_s, int wall_s, TimeQuality quality) {
    return {std::chrono::seconds(monotonic_s), std::chrono::seconds(wall_s), quality};
  }

  const TimeAnchor anchor{boot(1), std::chrono::seconds(10), std::chrono::seconds(60)};
  test::ManualClock clock;
  TimeAnchors anchors{clock};
};

TEST_F(TimedRouteTest, times_of_a_boot_that_has_an_anchor_go_out_corrected_and_good_ones_as_they_are) {
  source.add(0, 3);
  start_corrected();
  upstream.welcome();
  EXPECT_THAT(upstream.times, ElementsAre(time(0, 50, TimeQuality::kCorrected), time(1, 51, TimeQuality::kCorrected),
                                          time(2, 52, TimeQuality::kSynchronised)));
}

TEST_F(TimedRouteTest, times_of_a_boot_without_an_anchor_go_out_as_they_are) {
  source.add(0, 1, boot(2));
  source.add(0, 1, boot(1));
  start_corrected();
  upstream.welcome();
  EXPECT_THAT(upstream.times, ElementsAre(time(0, -1000, TimeQuality::kUnknown), time(1, 51, TimeQuality::kCorrected)));
}

TEST_F(TimedRouteTest, each_connection_is_told_the_anchors_and_a_new_one_at_once) {
  start_corrected();
  route->on_anchor(anchor);
  EXPECT_THAT(upstream.anchors, IsEmpty()) << "nobody is there";
  upstream.welcome();
  EXPECT_THAT(upstream.anchors, ElementsAre(anchor));
  const TimeAnchor another{boot(2), {}, {}};
  anchors.remember(another);
  route->on_anchor(another);
  EXPECT_THAT(upstream.anchors, ElementsAre(anchor, another));
  upstream.lose();
  upstream.welcome();
  EXPECT_THAT(upstream.anchors, ElementsAre(anchor, another, anchor, another));
}

}  // namespace
}  // namespace tidegate::north
