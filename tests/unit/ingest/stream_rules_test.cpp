#include "gateway/ingest/stream_rules.hpp"

#include <gtest/gtest.h>

namespace tidegate::ingest {
namespace {

TEST(StreamRules, FirstMatchWins) {
  StreamRules rules({{{0}, {"site/+/alarm"}}, {{1}, {"site/#"}}});
  EXPECT_EQ(rules.choose("site/1/alarm"), StreamIndex{0});
  EXPECT_EQ(rules.choose("site/1/temperature"), StreamIndex{1});
}

TEST(StreamRules, WhatNoRuleMatchesHasNoStream) {
  StreamRules rules({{{0}, {"a/+"}}});
  EXPECT_EQ(rules.choose("b/1"), std::nullopt);
}

TEST(StreamRules, RemembersBothAnswersAcrossAFloodOfTopics) {
  StreamRules rules({{{0}, {"a/#"}}});
  for (int i = 0; i < 40'000; ++i) {
    ASSERT_EQ(rules.choose("a/" + std::to_string(i)), StreamIndex{0});
    ASSERT_EQ(rules.choose("b/" + std::to_string(i)), std::nullopt);
  }
  EXPECT_EQ(rules.choose("a/1"), StreamIndex{0});
}

}  // namespace
}  // namespace tidegate::ingest
