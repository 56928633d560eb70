// No two stores ever give one name to two records: copies, backups and boards.

#include <gtest/gtest.h>

#include <set>

#include "gateway/store/manifest.hpp"
#include "tests/unit/store/log_bench.hpp"

namespace tidegate::store {
namespace {

using test::kAlarms;
using test::kSensors;

class LogIdentityTest : public test::LogBench {};

TEST_F(LogIdentityTest, EachStartBeginsANewIncarnationOfEveryStreamAndTheOldRangesStay) {
  ASSERT_TRUE(commit(kSensors, 2).ok());
  const Incarnation before = log_->state(kSensors).incarnations.back().incarnation;
  cut_power();
  open();
  const StreamState state = log_->state(kSensors);
  ASSERT_EQ(state.incarnations.size(), 2U);
  EXPECT_EQ(state.incarnations[0].incarnation, before);
  EXPECT_EQ(state.incarnations[1].first, Offset{2});
  EXPECT_NE(state.incarnations[1].incarnation, before);
  EXPECT_NE(log_->state(kAlarms).incarnations.back().incarnation, state.incarnations[1].incarnation);
}

TEST_F(LogIdentityTest, ANewIncarnationIsDurableBeforeItIsTold) {
  ASSERT_TRUE(commit(kSensors, 2).ok());
  const auto begun = log_->begin_incarnation(kSensors, Offset{1});
  ASSERT_TRUE(begun.ok());
  cut_power();
  open();
  const StreamState state = log_->state(kSensors);
  ASSERT_EQ(state.incarnations.size(), 3U);
  EXPECT_EQ(state.incarnations[1].incarnation, *begun);
  EXPECT_EQ(state.incarnations[1].first, Offset{1});
  EXPECT_EQ(state.incarnations[2].first, Offset{2});
}

TEST_F(LogIdentityTest, TwoStartsOfOneBackupNeverGiveTheSameNameToTwoRecords) {
  ASSERT_TRUE(commit(kSensors, 2).ok());
  std::set<Incarnation> names;
  for (int restored = 0; restored < 3; ++restored) {
    open();  // nothing is written: what the next start finds is the backup
    EXPECT_EQ(log_->state(kSensors).incarnations.back().first, Offset{2});
    EXPECT_EQ(log_->state(kSensors).incarnations.size(), 2U);
    names.insert(log_->state(kSensors).incarnations.back().incarnation);
  }
  EXPECT_EQ(names.size(), 3U);
}

TEST_F(LogIdentityTest, StartsWithDeliveryNeverRunOutOfNames) {
  std::set<Incarnation> names;
  for (std::uint32_t starts = 0; starts < kMaxIncarnations + 20; ++starts) {
    ASSERT_TRUE(commit(kSensors, 1).ok());
    ASSERT_TRUE(confirm(kSensors, log_->state(kSensors).next).ok());
    open();  // the delivered records still lie in their slot
    names.insert(log_->state(kSensors).incarnations.back().incarnation);
  }
  EXPECT_EQ(names.size(), kMaxIncarnations + 20);
  EXPECT_LT(log_->state(kSensors).incarnations.size(), 16U);
  // An upstream that comes later is given only what has a name.
  options_.streams[0].upstreams.emplace_back("second");
  open();
  const StreamState state = log_->state(kSensors);
  for (const Cursor& cursor : state.cursors) EXPECT_GE(cursor.position, state.incarnations.front().first);
}

TEST_F(LogIdentityTest, StartsWithoutDeliveryHaveNamesOfTheirOwnHoweverMany) {
  std::set<Incarnation> names;
  for (std::uint32_t starts = 0; starts < kMaxIncarnations + 20; ++starts) {
    ASSERT_TRUE(commit(kSensors, 1).ok());
    open();
    names.insert(log_->state(kSensors).incarnations.back().incarnation);
  }
  EXPECT_EQ(names.size(), kMaxIncarnations + 20);
  const StreamState state = log_->state(kSensors);
  EXPECT_EQ(state.incarnations.size(), kMaxIncarnations);
  EXPECT_EQ(state.incarnations.front().first, Offset{0}) << "no record without a name";
  EXPECT_EQ(state.incarnations.back().first, state.next);
}

}  // namespace
}  // namespace tidegate::store
