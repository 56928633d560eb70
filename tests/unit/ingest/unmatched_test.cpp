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
  EXPECT_EQ(unmatched.topics() + unmatched.others(), 5000U);
  EXPECT_LE(unmatched.topics(), 1000U);
}

}  // namespace
}  // namespace tidegate::ingest
