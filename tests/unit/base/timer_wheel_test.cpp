#include "gateway/base/timer_wheel.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace tidegate {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr Monotonic kStart = 1000s;
constexpr auto kTick = 100ms;
constexpr std::size_t kSlots = 8;  // a turn is 800 ms: longer deadlines wait for their turn

/// What a deadline guards: the wheel hands its address back.
struct Guarded {
  explicit Guarded(std::string what) : name(std::move(what)) {}
  std::string name;
  TimerWheel::Node node;
};

class TimerWheelTest : public ::testing::Test {
 protected:
  void schedule(Guarded& guarded, Monotonic after) { wheel_.schedule(guarded.node, kStart + after, &guarded); }
  std::vector<std::string> expired_at(Monotonic after) {
    std::vector<std::string> names;
    wheel_.advance(kStart + after, [&](void* owner) { names.push_back(static_cast<Guarded*>(owner)->name); });
    return names;
  }

  TimerWheel wheel_{kTick, kSlots, kStart};
};

TEST_F(TimerWheelTest, NeverExpiresEarly) {
  Guarded a("a");
  schedule(a, 250ms);
  EXPECT_THAT(expired_at(249ms), IsEmpty());
  EXPECT_TRUE(a.node.scheduled());
}

TEST_F(TimerWheelTest, ExpiresWithinOneTickWhateverTheDeadline) {
  for (Monotonic deadline = 0ms; deadline <= 3s; deadline += 37ms) {
    TimerWheel wheel(kTick, kSlots, kStart);
    TimerWheel::Node node;
    wheel.schedule(node, kStart + deadline, nullptr);
    Monotonic met{};
    for (Monotonic now = 0ms; node.scheduled() && now <= 5s; now += kTick)
      wheel.advance(kStart + now, [&](void*) { met = now; });
    ASSERT_GE(met, deadline);
    ASSERT_LE(met, std::max<Monotonic>(deadline, kTick) + kTick) << deadline.count();
  }
}

TEST_F(TimerWheelTest, ADeadlineBeyondOneTurnWaitsForItsTurn) {
  Guarded a("a");
  schedule(a, 2000ms);  // two and a half turns of the wheel
  EXPECT_THAT(expired_at(400ms), IsEmpty());
  EXPECT_THAT(expired_at(1200ms), IsEmpty());
  EXPECT_THAT(expired_at(2000ms), ElementsAre("a"));
}

TEST_F(TimerWheelTest, ALongPauseExpiresAllThatIsDueOnce) {
  Guarded a("a");
  Guarded b("b");
  Guarded later("later");
  schedule(a, 150ms);
  schedule(b, 7'000ms);
  schedule(later, 70'000ms);
  auto names = expired_at(60'000ms);
  EXPECT_THAT(names, ::testing::UnorderedElementsAre("a", "b"));
  EXPECT_FALSE(a.node.scheduled());
  EXPECT_THAT(expired_at(60'100ms), IsEmpty());
  TimerWheel::cancel(later.node);
}

TEST_F(TimerWheelTest, SchedulingAgainMovesTheDeadline) {
  Guarded a("a");
  schedule(a, 200ms);
  schedule(a, 600ms);
  EXPECT_THAT(expired_at(400ms), IsEmpty());
  EXPECT_THAT(expired_at(600ms), ElementsAre("a"));
}

TEST_F(TimerWheelTest, ADeadlineInThePastExpiresAtTheNextTick) {
  Guarded a("a");
  expired_at(5000ms);
  schedule(a, 100ms);
  EXPECT_THAT(expired_at(5100ms), ElementsAre("a"));
}

TEST_F(TimerWheelTest, CancelledOrDestroyedNodesNeverExpire) {
  Guarded cancelled("cancelled");
  schedule(cancelled, 200ms);
  TimerWheel::cancel(cancelled.node);
  {
    Guarded destroyed("destroyed");
    schedule(destroyed, 200ms);
  }
  EXPECT_THAT(expired_at(1000ms), IsEmpty());
}

TEST_F(TimerWheelTest, WhatExpiresMayCancelAnotherThatIsDueInTheSameSlot) {
  Guarded first("first");
  Guarded second("second");
  schedule(first, 200ms);
  schedule(second, 210ms);
  std::vector<std::string> names;
  wheel_.advance(kStart + 1s, [&](void* owner) {
    names.push_back(static_cast<Guarded*>(owner)->name);
    TimerWheel::cancel(second.node);
  });
  EXPECT_THAT(names, ElementsAre("first"));
}

TEST_F(TimerWheelTest, WhatExpiresMayScheduleItselfAgainWithoutLooping) {
  Guarded a("a");
  schedule(a, 200ms);
  int count = 0;
  const auto again = [&](void* owner) {
    ++count;
    wheel_.schedule(static_cast<Guarded*>(owner)->node, kStart, owner);
  };
  wheel_.advance(kStart + 300ms, again);
  EXPECT_EQ(count, 1);
  wheel_.advance(kStart + 400ms, again);
  EXPECT_EQ(count, 2);
  TimerWheel::cancel(a.node);
}

TEST_F(TimerWheelTest, AClockThatDoesNotMoveExpiresNothingNew) {
  Guarded a("a");
  schedule(a, 150ms);
  EXPECT_THAT(expired_at(0ms), IsEmpty());
  EXPECT_THAT(expired_at(150ms), ElementsAre("a"));
}

TEST(TimerWheelDeathTest, DestroyingAWheelThatStillHoldsDeadlinesIsABug) {
  EXPECT_DEATH(
      {
        TimerWheel::Node node;
        TimerWheel wheel(kTick, kSlots, kStart);
        wheel.schedule(node, kStart + 1s, nullptr);
      },
      "deadlines are scheduled");
}

}  // namespace
}  // namespace tidegate
