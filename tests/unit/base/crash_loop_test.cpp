#include "gateway/base/crash_loop.hpp"

#include <gtest/gtest.h>

#include "gateway/base/read_only_disk.hpp"
#include "tests/unit/support/memory_disk.hpp"
#include "tests/unit/support/turns.hpp"

namespace tidegate {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

class CrashLoopTest : public testing::Test {
 protected:
  /// A start that ends as it likes: what begin() found.
  bool start() {
    loop_.emplace("/state/running", within_, disk_, clock_);
    EXPECT_TRUE(loop_->begin().ok());
    return loop_->found();
  }
  /// A start `after` the one before it, which crashed.
  bool crash_and_start(std::chrono::microseconds after = seconds(6)) {
    clock_.pass(after);
    return start();
  }
  void write(std::string_view text) {
    auto file = disk_.open("/state/running", OpenMode::kCreate);
    ASSERT_TRUE((*file)->write_at(0, as_bytes(text)).ok());
  }

  std::chrono::microseconds within_ = minutes(10);
  test::MemoryDisk disk_;
  test::ManualClock clock_;
  std::optional<CrashLoop> loop_;
};

TEST_F(CrashLoopTest, ThreeCrashesWithinTheTimeAreALoop) {
  EXPECT_FALSE(start());
  EXPECT_FALSE(crash_and_start());
  EXPECT_FALSE(crash_and_start());
  EXPECT_TRUE(crash_and_start());
}

TEST_F(CrashLoopTest, CrashesFurtherApartAreNot) {
  start();
  for (int crash = 0; crash < 10; ++crash) EXPECT_FALSE(crash_and_start(minutes(5) + seconds(1))) << crash;
  EXPECT_TRUE(crash_and_start(minutes(4)));
}

TEST_F(CrashLoopTest, LastsThroughFurtherCrashesHoweverLate) {
  for (int start_number = 0; start_number < 4; ++start_number) crash_and_start();
  EXPECT_TRUE(loop_->found());
  EXPECT_TRUE(crash_and_start(std::chrono::hours(100)));
}

TEST_F(CrashLoopTest, ACleanStopForgetsEverything) {
  for (int start_number = 0; start_number < 4; ++start_number) crash_and_start();
  ASSERT_TRUE(loop_->end_cleanly().ok());
  EXPECT_FALSE(start());
  EXPECT_FALSE(crash_and_start());
  EXPECT_FALSE(crash_and_start());
}

TEST_F(CrashLoopTest, LiftedItCountsAnew) {
  for (int start_number = 0; start_number < 4; ++start_number) crash_and_start();
  ASSERT_TRUE(loop_->lift().ok());
  EXPECT_FALSE(loop_->found());
  EXPECT_FALSE(crash_and_start());
  EXPECT_FALSE(crash_and_start());
  EXPECT_TRUE(crash_and_start());
}

TEST_F(CrashLoopTest, APowerCutIsNoCrash) {
  for (int start_number = 0; start_number < 3; ++start_number) crash_and_start();
  clock_.reboot();
  EXPECT_FALSE(start());
  EXPECT_FALSE(crash_and_start());
  EXPECT_FALSE(crash_and_start());
  clock_.reboot();
  EXPECT_FALSE(start());
}

TEST_F(CrashLoopTest, AStartThatFailsAndSaysWhyIsNoCrashAndForgetsNone) {
  start();
  crash_and_start();
  for (int tries = 0; tries < 10; ++tries) {
    ASSERT_TRUE(loop_->end_with_error().ok());
    EXPECT_FALSE(crash_and_start(seconds(5)));
  }
  EXPECT_FALSE(crash_and_start());
  EXPECT_TRUE(crash_and_start());
}

TEST_F(CrashLoopTest, WithoutATimeItIsNeverFound) {
  within_ = within_.zero();
  for (int start_number = 0; start_number < 10; ++start_number) EXPECT_FALSE(crash_and_start());
}

TEST_F(CrashLoopTest, AnythingInTheFileIsHarmless) {
  const std::string boot = "boot " + to_hex(clock_.boot_id().bytes) + "\n";
  for (const std::string& text :
       {std::string(), std::string("running\nloop\n"), std::string(100, '\xff'), boot + "crash\ncrash x\ncrash 1e9\n",
        boot + "crash 99999999999999\ncrash 99999999999999\nrunning\n", std::string(5000, 'x')}) {
    write(text);
    EXPECT_FALSE(start()) << text;
  }
}

TEST_F(CrashLoopTest, AFileThatCannotBeWrittenIsSaid) {
  ReadOnlyDisk refusing(disk_);
  CrashLoop loop("/state/running", within_, refusing, clock_);
  EXPECT_FALSE(loop.begin().ok());
  EXPECT_FALSE(loop.found());
}

}  // namespace
}  // namespace tidegate
