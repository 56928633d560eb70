#include "gateway/north/kafka/window.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/north/fakes.hpp"

namespace tidegate::north {
namespace {

using testing::IsEmpty;

class WindowTest : public testing::Test {
 protected:
  Window::Ticket add(std::uint64_t offset, bool done = false) {
    return window.add({s1, Offset{offset}, Offset{offset + 1}, 10, done});
  }
  Window window;
  const LaneId s1 = lane("s", 1);
};

TEST_F(WindowTest, a_confirmation_counts_once_everything_before_it_is_confirmed) {
  const auto first = add(5);
  const auto second = add(6);
  window.confirm(second);
  EXPECT_THAT(window.settle(), IsEmpty());
  window.confirm(first);
  EXPECT_EQ(window.settle().at(s1), Offset{7});
  EXPECT_EQ(window.size(), 0U);
  EXPECT_EQ(window.bytes(), 0U);
}

TEST_F(WindowTest, a_skip_waits_for_what_was_sent_before_it) {
  const auto first = add(0);
  add(1, true);
  EXPECT_THAT(window.settle(), IsEmpty());
  window.confirm(first);
  EXPECT_EQ(window.settle().at(s1), Offset{2});
}

TEST_F(WindowTest, a_ticket_of_an_earlier_life_means_nothing) {
  const auto old = add(0);
  window.clear();
  const auto now = add(0);
  EXPECT_EQ(window.find(old), nullptr);
  window.confirm(old);
  EXPECT_EQ(window.open(), 1U);
  EXPECT_NE(window.find(now), nullptr);
}

TEST_F(WindowTest, a_confirmation_that_comes_twice_counts_once) {
  const auto first = add(0);
  add(1);
  window.confirm(first);
  window.confirm(first);
  EXPECT_EQ(window.open(), 1U);
}

TEST_F(WindowTest, a_range_that_is_not_under_way_is_not_confirmed) {
  add(3);
  EXPECT_FALSE(window.confirm(s1, Offset{4}, Offset{5}));
  EXPECT_FALSE(window.confirm(lane("s", 2), Offset{3}, Offset{4}));
  EXPECT_TRUE(window.confirm(s1, Offset{3}, Offset{4}));
}

}  // namespace
}  // namespace tidegate::north
