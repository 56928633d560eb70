#include "gateway/base/clock_watch.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <utility>
#include <vector>

#include "tests/unit/support/turns.hpp"

namespace tidegate {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

class ClockWatchTest : public testing::Test {
 protected:
  struct Call {
    milliseconds delay;
    std::function<void()> act;
  };

  /// Lets the time of the last call pass, and makes it.
  void pass() {
    clock.pass(calls.back().delay);
    std::exchange(calls.back().act, nullptr)();
  }

  test::ManualClock clock;
  std::vector<Call> calls;
  int looks = 0;
  ClockWatch watch{clock,
                   [this](milliseconds delay, std::function<void()> act) {
                     calls.push_back({delay, std::move(act)});
                   },
                   [this] { ++looks; }};
};

TEST_F(ClockWatchTest, LooksEachSecondAtFirstAndOnceAMinuteInTheEnd) {
  const Monotonic begun = clock.monotonic();
  watch.begin();
  EXPECT_EQ(looks, 1);
  while (clock.monotonic() - begun < seconds(10)) {
    EXPECT_EQ(calls.back().delay, seconds(1));
    pass();
  }
  while (clock.monotonic() - begun < minutes(60)) {
    EXPECT_LE(calls.back().delay, (clock.monotonic() - begun) / 10)
        << "what is noticed late was so for ten times as long";
    pass();
  }
  EXPECT_EQ(calls.back().delay, seconds(60));
  EXPECT_LT(looks, 120) << "in an hour";
}

TEST_F(ClockWatchTest, AfterAStepItLooksAtOnceAndOftenAgain) {
  watch.begin();
  for (int i = 0; i < 100; ++i) pass();
  EXPECT_EQ(calls.back().delay, seconds(60));
  std::function<void()> earlier = calls.back().act;
  watch.begin();
  EXPECT_EQ(looks, 102);
  EXPECT_EQ(calls.back().delay, seconds(1));
  const std::size_t count = calls.size();
  earlier();
  EXPECT_EQ(looks, 102) << "there is one watch, not two";
  EXPECT_EQ(calls.size(), count);
}

}  // namespace
}  // namespace tidegate
