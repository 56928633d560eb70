#include "gateway/base/time_anchors.hpp"

#include <gtest/gtest.h>

#include <utility>

#include "tests/unit/support/turns.hpp"

namespace tidegate {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

BootId boot(std::size_t number) {
  return {{std::byte{1}, static_cast<std::byte>(number >> 8), static_cast<std::byte>(number)}};
}

class TimeAnchorsTest : public testing::Test {
 protected:
  /// A time of this boot as it would go out now.
  Timestamp sent(Timestamp time) {
    if (const TimeAnchor* anchor = anchors.of(clock.boot_id())) anchor->correct(time);
    return time;
  }
  /// The clock is wrong by `error` while a message comes, then is put right and counts as synchronised.
  void correct_a_clock_that_is_off_by(std::chrono::microseconds error) {
    const WallTime right = clock.wall();
    clock.jump(error);
    clock.set_quality(TimeQuality::kLastKnown);
    const Timestamp poor = clock.now();
    clock.pass(seconds(100));
    EXPECT_FALSE(anchors.look());
    EXPECT_EQ(sent(poor), poor);
    clock.jump(-error);
    clock.set_quality(TimeQuality::kSynchronised);
    EXPECT_TRUE(anchors.look());
    EXPECT_EQ(sent(poor), (Timestamp{poor.monotonic, right, TimeQuality::kCorrected}));
  }

  test::ManualClock clock;
  TimeAnchors anchors{clock};
};

TEST_F(TimeAnchorsTest, a_clock_that_jumps_forwards_corrects_what_came_before) {
  correct_a_clock_that_is_off_by(-hours(24 * 365 * 53));
}

TEST_F(TimeAnchorsTest, a_clock_that_jumps_backwards_corrects_what_came_before) {
  correct_a_clock_that_is_off_by(hours(24 * 365 * 10));
}

TEST_F(TimeAnchorsTest, the_time_of_a_synchronised_clock_stays_whatever_the_clock_does_later) {
  const Timestamp good = clock.now();
  ASSERT_TRUE(anchors.look());
  clock.jump(hours(1));
  ASSERT_TRUE(anchors.look());
  EXPECT_EQ(sent(good), good);
}

TEST_F(TimeAnchorsTest, an_anchor_is_told_once_and_again_when_the_clock_was_set) {
  EXPECT_TRUE(anchors.look());
  clock.pass(hours(100));
  EXPECT_FALSE(anchors.look());
  clock.jump(milliseconds(-900));
  EXPECT_FALSE(anchors.look()) << "too little to be told from a busy machine";
  clock.jump(milliseconds(-200));
  const auto anchor = anchors.look();
  ASSERT_TRUE(anchor);
  EXPECT_EQ(anchor->wall, clock.wall());
  EXPECT_EQ(anchors.all().size(), 1U);
}

TEST_F(TimeAnchorsTest, a_clock_that_is_set_by_hand_later_is_not_believed) {
  ASSERT_TRUE(anchors.look());
  const WallTime right = clock.wall();
  clock.set_quality(TimeQuality::kLastKnown);
  clock.jump(-hours(5));
  EXPECT_FALSE(anchors.look());
  EXPECT_EQ(sent(clock.now()).wall, right);
}

TEST_F(TimeAnchorsTest, another_boot_has_an_anchor_of_its_own) {
  ASSERT_TRUE(anchors.look());
  const BootId before = clock.boot_id();
  clock.reboot();
  EXPECT_NE(anchors.of(before), nullptr);
  EXPECT_EQ(anchors.of(clock.boot_id()), nullptr);
  ASSERT_TRUE(anchors.look());
  EXPECT_EQ(anchors.all().size(), 2U);
}

TEST_F(TimeAnchorsTest, the_oldest_boot_of_too_many_is_forgotten) {
  for (std::size_t i = 0; i <= TimeAnchors::kMostBoots; ++i) anchors.remember({boot(i), {}, {}});
  EXPECT_EQ(anchors.all().size(), TimeAnchors::kMostBoots);
  EXPECT_EQ(anchors.of(boot(0)), nullptr);
  EXPECT_NE(anchors.of(boot(1)), nullptr);
  anchors.remember({boot(1), {}, WallTime(5)});
  EXPECT_EQ(anchors.of(boot(1))->wall, WallTime(5));
  EXPECT_EQ(anchors.all().size(), TimeAnchors::kMostBoots);
}

/// Where the kernel does not tell, every boot would be the same one.
class NamelessBoot final : public Clock {
 public:
  [[nodiscard]] Monotonic monotonic() const override { return Monotonic(1); }
  [[nodiscard]] WallTime wall() const override { return WallTime(2); }
  [[nodiscard]] TimeQuality quality() const override { return TimeQuality::kSynchronised; }
  [[nodiscard]] BootId boot_id() const override { return {}; }
};

TEST(TimeAnchors, a_boot_without_a_name_has_none) {
  const NamelessBoot clock;
  EXPECT_FALSE(TimeAnchors(clock).look());
}

/// Becomes synchronised, and is set, between two of its readings.
class ChangingClock final : public Clock {
 public:
  [[nodiscard]] Monotonic monotonic() const override { return Monotonic(1); }
  [[nodiscard]] WallTime wall() const override { return WallTime(std::exchange(read_, true) ? 2 : 1); }
  [[nodiscard]] TimeQuality quality() const override {
    return std::exchange(read_, true) ? TimeQuality::kSynchronised : TimeQuality::kUnknown;
  }
  [[nodiscard]] BootId boot_id() const override { return boot(1); }

 private:
  mutable bool read_ = false;
};

TEST(Clock, a_time_from_before_the_clock_was_set_never_counts_as_good) {
  EXPECT_EQ(ChangingClock().now().quality, TimeQuality::kUnknown);
}

}  // namespace
}  // namespace tidegate
