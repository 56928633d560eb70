#include "gateway/base/token_bucket.hpp"

#include <gtest/gtest.h>

namespace tidegate {
namespace {

using namespace std::chrono_literals;

constexpr Monotonic kStart = 5s;

int taken(TokenBucket& bucket, int attempts, Monotonic now) {
  int count = 0;
  for (int i = 0; i < attempts; ++i) count += bucket.take(1, now) ? 1 : 0;
  return count;
}

TEST(TokenBucket, GivesTheBurstAtOnceAndNoMore) {
  TokenBucket bucket(10, 20);
  EXPECT_EQ(taken(bucket, 100, kStart), 20);
}

TEST(TokenBucket, RefillsAtItsRate) {
  TokenBucket bucket(10, 20);
  taken(bucket, 20, kStart);
  EXPECT_EQ(taken(bucket, 100, kStart + 500ms), 5);
}

TEST(TokenBucket, KeepsNoMoreThanTheBurstHoweverLongItRests) {
  TokenBucket bucket(10, 20);
  taken(bucket, 20, kStart);
  EXPECT_EQ(taken(bucket, 100, kStart + 1h), 20);
}

TEST(TokenBucket, AddsUpSmallStepsWithoutLosingTokens) {
  TokenBucket bucket(10, 20);
  taken(bucket, 20, kStart);
  int count = 0;
  for (Monotonic step = 1ms; step <= 1s; step += 1ms) count += bucket.take(1, kStart + step) ? 1 : 0;
  EXPECT_NEAR(count, 10, 1);
}

TEST(TokenBucket, SaysHowLongToWaitAndThatIsEnough) {
  TokenBucket bucket(10, 20);
  taken(bucket, 20, kStart);
  EXPECT_FALSE(bucket.take(3, kStart));
  const auto wait = bucket.wait_for(3);
  EXPECT_NEAR(static_cast<double>(wait.count()), 300'000, 2);
  EXPECT_TRUE(bucket.take(3, kStart + wait));
}

TEST(TokenBucket, WaitsForNothingWhenTheTokensAreThere) {
  TokenBucket bucket(10, 20);
  EXPECT_EQ(bucket.wait_for(1), 0us);
}

TEST(TokenBucket, WhatIsOwedFlowsInFirst) {
  TokenBucket bucket(10, 20);
  bucket.owe(30, kStart);
  EXPECT_EQ(taken(bucket, 100, kStart + 1s), 0);
  EXPECT_EQ(taken(bucket, 100, kStart + 1500ms), 5);
}

TEST(TokenBucket, ARateOfZeroIsNoLimit) {
  TokenBucket bucket(0, 0);
  bucket.owe(1000, kStart);
  EXPECT_EQ(taken(bucket, 1000, kStart), 1000);
  EXPECT_EQ(bucket.wait_for(1000), 0us);
}

TEST(TokenBucket, AClockThatStandsStillGivesNothingNew) {
  TokenBucket bucket(10, 1);
  EXPECT_TRUE(bucket.take(1, kStart));
  EXPECT_FALSE(bucket.take(1, kStart));
}

}  // namespace
}  // namespace tidegate
