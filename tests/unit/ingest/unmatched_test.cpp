#include "gateway/ingest/unmatched.hpp"

#include <gtest/gtest.h>

namespace tidegate::ingest {
namespace {

TEST(Unmatched, NamesTheBusiestTopicsFirst) {
  Unmatched unmatched;
  unmatched.count("a");
  unmatched.count("b");
  unmatched.count("b");
  const auto busiest = unmatched.busiest(1);
  ASSERT_EQ(busiest.size(), 1U);
  EXPECT_EQ(busiest[0].name, "b");
  EXPECT_EQ(busiest[0].messages, 2U);
  EXPECT_EQ(unmatched.messages(), 3U);
}

TEST(Unmatched, NamesABoundedNumberAndCountsTheRest) {
  Unmatched unmatched;
  for (int i = 0; i < 5000; ++i) unmatched.count(std::to_string(i));
  EXPECT_EQ(unmatched.messages(), 5000U);
  EXPECT_EQ(unmatched.topics(), 1000U);
  const std::size_t named = unmatched.busiest(5000).size();
  EXPECT_EQ(named + unmatched.others(), 5000U);
  EXPECT_GE(named, 500U);
  EXPECT_LE(named, 1000U);
}

TEST(Unmatched, ALongNameIsCutWhereACharacterEnds) {
  Unmatched unmatched;
  unmatched.count(std::string(402, 'a'));
  unmatched.count(std::string(255, 'b') + "\u00fc/c");
  EXPECT_EQ(unmatched.others(), 0U);
  const auto named = unmatched.busiest(10);
  ASSERT_EQ(named.size(), 2U);
  EXPECT_EQ(named[0].name, std::string(256, 'a') + "...");
  EXPECT_EQ(named[1].name, std::string(255, 'b') + "...");
}

TEST(Unmatched, ABusyTopicIsNamedHoweverLateItComes) {
  Unmatched unmatched;
  for (int i = 0; i < 1000; ++i) unmatched.count("early/" + std::to_string(i));
  for (int i = 0; i < 3000; ++i) {
    unmatched.count("busy");
    unmatched.count("quiet/" + std::to_string(i));
  }
  const auto busiest = unmatched.busiest(1);
  ASSERT_EQ(busiest.size(), 1U);
  EXPECT_EQ(busiest[0].name, "busy");
  EXPECT_EQ(busiest[0].messages, 3000U);
  EXPECT_EQ(unmatched.messages(), 7000U);
}

}  // namespace
}  // namespace tidegate::ingest
