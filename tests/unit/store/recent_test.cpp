#include "gateway/store/recent.hpp"

#include <gtest/gtest.h>

namespace tidegate::store {
namespace {

constexpr StreamIndex kStream{0};

Recent::Run run(std::uint64_t first, std::size_t bytes) {
  return {.first = {first}, .count = 1, .records = std::make_shared<const Buffer>(bytes)};
}

TEST(Recent, TheOldestRunGoesWhenTheLimitIsPassed) {
  Recent recent(1, 250);
  for (std::uint64_t offset = 0; offset < 3; ++offset) recent.add(kStream, run(offset, 100));
  EXPECT_TRUE(recent.find(kStream, {0}, 1000).empty());
  EXPECT_EQ(recent.find(kStream, {1}, 1000).size(), 2U);
}

// The greatest limit that the configuration takes is one more than a size has room for on a 32-bit machine.
TEST(Recent, FourGigabytesAreNotNoneOn32Bits) {
  Recent recent(1, std::uint64_t{4} << 30);
  recent.add(kStream, run(0, 100));
  EXPECT_EQ(recent.find(kStream, {0}, 1000).size(), 1U);
}

}  // namespace
}  // namespace tidegate::store
