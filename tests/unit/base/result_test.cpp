#include "gateway/base/result.hpp"

#include <gtest/gtest.h>

#include <memory>

namespace tidegate {
namespace {

TEST(Result, HoldsAValue) {
  const Result<int> result = 7;
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(*result, 7);
}

TEST(Result, HoldsAnError) {
  const Result<int> result = Error{ErrorKind::kNoSpace, "the pool is full"};
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::kNoSpace);
  EXPECT_EQ(result.error().message, "the pool is full");
}

TEST(Result, MovesOutWhatCannotBeCopied) {
  Result<std::unique_ptr<int>> result = std::make_unique<int>(3);
  const std::unique_ptr<int> taken = *std::move(result);
  EXPECT_EQ(*taken, 3);
}

TEST(Result, OfNothingIsGoodUnlessAnErrorIsGiven) {
  const Result<void> good;
  const Result<void> bad = Error{ErrorKind::kIo, "the device failed"};
  EXPECT_TRUE(good.ok());
  EXPECT_FALSE(bad.ok());
  EXPECT_EQ(bad.error().kind, ErrorKind::kIo);
}

TEST(ErrorKind, SaysWhetherARetryCanHelp) {
  for (const ErrorKind kind :
       {ErrorKind::kNoSpace, ErrorKind::kReadOnly, ErrorKind::kIo, ErrorKind::kUnavailable, ErrorKind::kTimeout})
    EXPECT_TRUE(can_retry(kind)) << to_string(kind);
  for (const ErrorKind kind : {ErrorKind::kInvalid, ErrorKind::kUnsupported, ErrorKind::kNotFound, ErrorKind::kCorrupt,
                               ErrorKind::kTooLarge, ErrorKind::kRefused, ErrorKind::kCancelled})
    EXPECT_FALSE(can_retry(kind)) << to_string(kind);
}

}  // namespace
}  // namespace tidegate
