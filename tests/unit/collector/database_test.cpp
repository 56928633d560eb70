#include "gateway/programs/collector/database.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "proto/tidegate/v1/collector.pb.h"
#include "tests/unit/collector/fixtures.hpp"

namespace tidegate::collector {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class DatabaseTest : public DatabaseFixture {};

TEST_F(DatabaseTest, what_is_stored_moves_the_position) {
  const Result<Outcome> outcome = store(0, 3);
  ASSERT_TRUE(outcome.ok());
  EXPECT_EQ(outcome->next, 3U);
  EXPECT_EQ(outcome->stored, 3U);
  EXPECT_THAT(held(), ElementsAre("0:0", "1:1", "2:2"));
}

TEST_F(DatabaseTest, a_batch_that_was_stored_is_not_stored_again) {
  ASSERT_TRUE(store(0, 3).ok());
  const Result<Outcome> again = store(0, 3);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->next, 3U);
  EXPECT_EQ(again->stored, 0U);
  EXPECT_EQ(again->redelivered, 3U);
  EXPECT_EQ(*database->count(std::nullopt), 3U);
}

TEST_F(DatabaseTest, of_a_batch_that_is_partly_there_only_the_rest_is_stored) {
  ASSERT_TRUE(store(0, 3).ok());
  const Result<Outcome> overlapping = store(1, 4);
  ASSERT_TRUE(overlapping.ok());
  EXPECT_EQ(overlapping->next, 5U);
  EXPECT_EQ(overlapping->stored, 2U);
  EXPECT_EQ(overlapping->redelivered, 2U);
  EXPECT_THAT(held(), ElementsAre("0:0", "1:1", "2:2", "3:3", "4:4"));
}

TEST_F(DatabaseTest, nothing_is_taken_above_a_gap) {
  ASSERT_TRUE(store(0, 3).ok());
  const Result<Outcome> above = store(5, 2);
  ASSERT_TRUE(above.ok());
  EXPECT_TRUE(above->gap);
  EXPECT_EQ(above->next, 3U);
  EXPECT_EQ(*database->count(std::nullopt), 3U);
}

TEST_F(DatabaseTest, an_unknown_lane_begins_where_its_first_batch_does) {
  const Result<Outcome> outcome = store(1000, 2);
  ASSERT_TRUE(outcome.ok());
  EXPECT_FALSE(outcome->gap);
  EXPECT_EQ(outcome->next, 1002U);
}

TEST_F(DatabaseTest, a_skip_moves_the_position_and_is_recorded) {
  ASSERT_TRUE(store(0, 3).ok());
  const Result<Outcome> skipped = database->skip(kLane, {3, 10, v1::SKIP_EVICTED, "full"});
  ASSERT_TRUE(skipped.ok());
  EXPECT_EQ(skipped->next, 10U);
  ASSERT_TRUE(store(10, 1).ok());
  const Result<std::vector<LaneSummary>> lanes = database->lanes();
  ASSERT_TRUE(lanes.ok());
  ASSERT_EQ(lanes->size(), 1U);
  EXPECT_EQ(lanes->front().next, 11U);
  EXPECT_EQ(lanes->front().records, 4U);
  ASSERT_EQ(lanes->front().skips.size(), 1U);
  EXPECT_EQ(lanes->front().skips[0].from, 3U);
  EXPECT_EQ(lanes->front().skips[0].to, 10U);
  EXPECT_EQ(lanes->front().skips[0].words, "full");
}

TEST_F(DatabaseTest, a_skip_names_only_what_is_not_there) {
  ASSERT_TRUE(store(0, 5).ok());
  ASSERT_TRUE(database->skip(kLane, {0, 3, v1::SKIP_EVICTED, ""}).ok());
  EXPECT_THAT(database->lanes()->front().skips, IsEmpty());
  ASSERT_TRUE(database->skip(kLane, {3, 8, v1::SKIP_EVICTED, ""}).ok());
  EXPECT_EQ(database->lanes()->front().skips.front().from, 5U);
}

TEST_F(DatabaseTest, a_skip_above_a_gap_is_not_taken) {
  ASSERT_TRUE(store(0, 3).ok());
  const Result<Outcome> above = database->skip(kLane, {5, 8, v1::SKIP_EVICTED, ""});
  ASSERT_TRUE(above.ok());
  EXPECT_TRUE(above->gap);
  EXPECT_EQ(database->positions("gw")->front().next, 3U);
}

TEST_F(DatabaseTest, one_identity_is_held_once_even_if_two_lanes_bring_it) {
  LaneKey live = kLane;
  live.lane = 1;
  ASSERT_TRUE(store(0, 3).ok());
  const Result<Outcome> outcome = store(2, 2, live);
  ASSERT_TRUE(outcome.ok());
  EXPECT_EQ(outcome->stored, 1U);
  EXPECT_EQ(outcome->redelivered, 1U);
  EXPECT_THAT(held(), ElementsAre("0:0", "1:1", "2:2", "3:3"));
}

TEST_F(DatabaseTest, the_same_offset_of_another_incarnation_stream_or_gateway_is_another_message) {
  LaneKey other = kLane;
  other.incarnation = std::string(16, 'j');
  ASSERT_TRUE(store(0, 1).ok());
  ASSERT_TRUE(store(0, 1, other).ok());
  other.stream = "s2";
  ASSERT_TRUE(store(0, 1, other).ok());
  other.gateway = "gw2";
  ASSERT_TRUE(store(0, 1, other).ok());
  EXPECT_EQ(*database->count(std::nullopt), 4U);
  EXPECT_EQ(*database->count("s2"), 2U);
  EXPECT_EQ(database->positions("gw")->size(), 3U);
  EXPECT_EQ(database->positions("nobody")->size(), 0U);
}

TEST_F(DatabaseTest, export_filters_by_stream_and_topic) {
  LaneKey other = kLane;
  other.stream = "s2";
  ASSERT_TRUE(store(0, 1).ok());
  ASSERT_TRUE(store(7, 1, other).ok());
  EXPECT_THAT(held({.stream = "s2", .topic = {}}), ElementsAre("7:7"));
  EXPECT_THAT(held({.stream = {}, .topic = "t"}), ElementsAre("0:0", "7:7"));
  EXPECT_THAT(held({.stream = {}, .topic = "T"}), IsEmpty());
}

TEST_F(DatabaseTest, a_stream_that_never_came_is_told_from_one_that_is_empty) {
  ASSERT_TRUE(store(0, 1).ok());
  EXPECT_TRUE(*database->has_stream("s"));
  EXPECT_FALSE(*database->has_stream("nope"));
}

TEST_F(DatabaseTest, export_tells_the_boot_of_each_message) {
  ASSERT_TRUE(store(0, 1).ok());
  boot = std::string(16, 'c');
  ASSERT_TRUE(store(1, 1).ok());
  std::vector<std::string> boots;
  ASSERT_TRUE(
      database->each_message({}, [&boots](const StoredMessage& stored) { boots.emplace_back(stored.boot); }).ok());
  EXPECT_EQ(boots, (std::vector{std::string(16, 'b'), std::string(16, 'c')}));
}

TEST_F(DatabaseTest, a_gateway_is_remembered_with_what_it_runs_now) {
  ASSERT_TRUE(database->greet("gw", "tidegated 0.1.0").ok());
  ASSERT_TRUE(database->greet("gw", "tidegated 0.2.0").ok());
  const Result<std::vector<GatewaySummary>> gateways = database->gateways();
  ASSERT_TRUE(gateways.ok());
  ASSERT_EQ(gateways->size(), 1U);
  EXPECT_EQ(gateways->front().software, "tidegated 0.2.0");
}

/// "offset@wall/quality" of everything that is held.
class AnchorTest : public DatabaseFixture {
 protected:
  std::vector<std::string> times() const {
    std::vector<std::string> found;
    const auto read = database->each_message({}, [&found](const StoredMessage& stored) {
      found.push_back(std::to_string(stored.offset) + "@" + std::to_string(stored.message.wall_us) + "/" +
                      std::to_string(stored.message.time_quality));
    });
    EXPECT_TRUE(read.ok());
    return found;
  }
  void anchor(std::int64_t wall_us, const std::string& gateway = "gw") const {
    EXPECT_TRUE(database->anchor(gateway, {.boot_id = as_bytes(boot), .monotonic_us = 1, .wall_us = wall_us}).ok());
  }
};

TEST_F(AnchorTest, corrects_what_is_there_and_what_comes_and_leaves_what_was_right) {
  time_quality = v1::TIME_LAST_KNOWN;
  ASSERT_TRUE(store(0, 2).ok());
  EXPECT_THAT(times(), ElementsAre("0@0/1", "1@1/1"));
  anchor(1001);
  time_quality = v1::TIME_SYNCHRONISED;
  ASSERT_TRUE(store(2, 1).ok());
  time_quality = v1::TIME_UNKNOWN;
  ASSERT_TRUE(store(3, 1).ok());
  EXPECT_THAT(times(), ElementsAre("0@1000/3", "1@1001/3", "2@2/2", "3@1003/3"));
}

TEST_F(AnchorTest, is_of_one_boot_of_one_gateway) {
  ASSERT_TRUE(store(0, 1).ok());
  anchor(1001, "another");
  EXPECT_THAT(times(), ElementsAre("0@0/0"));
  boot = std::string(16, 'c');
  anchor(1001);
  EXPECT_THAT(times(), ElementsAre("0@0/0"));
}

TEST_F(AnchorTest, the_last_one_of_a_boot_counts_in_whichever_direction) {
  time_quality = v1::TIME_CORRECTED;
  ASSERT_TRUE(store(0, 1).ok());
  anchor(1001);
  anchor(-999);
  anchor(-999);
  EXPECT_THAT(times(), ElementsAre("0@-1000/3"));
}

}  // namespace
}  // namespace tidegate::collector
