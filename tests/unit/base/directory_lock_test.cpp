#include "gateway/base/directory_lock.hpp"

#include <gtest/gtest.h>

#include <unistd.h>

#include <filesystem>

namespace tidegate {
namespace {

TEST(DirectoryLock, SecondTakerIsToldWhoHasIt) {
  const std::filesystem::path directory =
      std::filesystem::path(testing::TempDir()) / ("tidegate-lock-" + std::to_string(getpid()));
  std::filesystem::create_directory(directory);
  {
    const auto first = DirectoryLock::take(directory);
    ASSERT_TRUE(first.ok());
    const auto second = DirectoryLock::take(directory);
    ASSERT_FALSE(second.ok());
    EXPECT_EQ(second.error().kind, ErrorKind::kUnavailable);
    EXPECT_NE(second.error().message.find(std::to_string(getpid())), std::string::npos);
  }
  EXPECT_TRUE(DirectoryLock::take(directory).ok());
  std::filesystem::remove_all(directory);
}

}  // namespace
}  // namespace tidegate
