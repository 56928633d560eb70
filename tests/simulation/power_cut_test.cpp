#include <gtest/gtest.h>

#include <cerrno>
#include <cstdlib>
#include <iostream>

#include "tests/simulation/history.hpp"

namespace tidegate::simulation {
namespace {

constexpr std::uint64_t kSeeds = 5000;

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* value = std::getenv(name);
  return value == nullptr ? otherwise : std::strtoull(value, nullptr, 10);
}

std::string replay(std::uint64_t seed) {
  return "replay it with: TIDEGATE_SEED=" + std::to_string(seed) + " " + program_invocation_name;
}

TEST(PowerCuts, LeaveEverythingThatWasAcknowledged) {
  const std::uint64_t only = from_environment("TIDEGATE_SEED", 0);
  const std::uint64_t first = only > 0 ? only : 1;
  const std::uint64_t last = only > 0 ? only : from_environment("TIDEGATE_SEEDS", kSeeds);
  Outcome all;
  for (std::uint64_t seed = first; seed <= last; ++seed) {
    const Outcome outcome = run_history({.seed = seed, .trace = only > 0 ? &std::cout : nullptr});
    ASSERT_FALSE(outcome.violation) << "seed " << seed << ", " << *outcome.violation << "\n" << replay(seed);
    ASSERT_EQ(outcome.growing_commits, 0U) << "seed " << seed << ", a slot was used before its size was stored\n"
                                           << replay(seed);
    ASSERT_EQ(outcome.pools_set_aside, 0U) << "seed " << seed << ", a pool was seen before it was whole\n"
                                           << replay(seed);
    all.add(outcome);
  }
  if (last - first + 1 >= kSeeds) {  // the histories are worth their name
    EXPECT_GT(all.cuts, kSeeds);
    EXPECT_GT(all.cuts_in_open, kSeeds / 2);
    EXPECT_GT(all.refusals, 0U);
    EXPECT_GT(all.evictions, 0U);
    EXPECT_GT(all.drops, kSeeds);
    EXPECT_GT(all.relocated_bytes, 0U);
  }
  std::cout << last - first + 1 << " histories: " << all << "\n";
}

}  // namespace
}  // namespace tidegate::simulation
