#include "gateway/base/event_limiter.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tidegate {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;
using LeftOut = EventLimiter::LeftOut;

constexpr Monotonic kStart{seconds(1000)};

int admitted(EventLimiter& limiter, std::string_view event, int times, Monotonic now) {
  int count = 0;
  for (int i = 0; i < times; ++i) count += limiter.admit(event, now) ? 1 : 0;
  return count;
}

TEST(EventLimiter, AFloodOfOneEventIsCutAndOthersAreNot) {
  EventLimiter limiter;
  EXPECT_EQ(admitted(limiter, "mqtt.connection_denied", 17'000, kStart), 50);
  EXPECT_EQ(admitted(limiter, "store.rot", 1, kStart), 1);
  EXPECT_EQ(admitted(limiter, "mqtt.connection_denied", 17'000, kStart + seconds(1)), 5);
}

TEST(EventLimiter, EachOneThatIsLeftOutIsToldOnce) {
  EventLimiter limiter;
  EXPECT_EQ(admitted(limiter, "a", 50, kStart), 50);
  EXPECT_THAT(limiter.take_due(kStart), IsEmpty());
  EXPECT_EQ(admitted(limiter, "a", 1, kStart), 0);
  EXPECT_THAT(limiter.take_due(kStart), ElementsAre(LeftOut{"a", 1}));
  EXPECT_EQ(admitted(limiter, "a", 999, kStart + milliseconds(1)), 0);
  EXPECT_THAT(limiter.take_due(kStart + seconds(9)), IsEmpty());
  EXPECT_THAT(limiter.take_due(kStart + seconds(10)), ElementsAre(LeftOut{"a", 999}));
  EXPECT_EQ(admitted(limiter, "a", 60, kStart + seconds(10)), 50);
  EXPECT_THAT(limiter.take_all(), ElementsAre(LeftOut{"a", 10}));
  EXPECT_THAT(limiter.take_all(), IsEmpty());
}

}  // namespace
}  // namespace tidegate
