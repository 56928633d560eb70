#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <iostream>

#include "tests/simulation/once_history.hpp"

namespace tidegate::simulation {
namespace {

constexpr std::uint64_t kHistories = 5000;
constexpr std::uint64_t kHistoriesASeed = 250;  // a cut in each call of the disk

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* value = std::getenv(name);
  return value == nullptr ? otherwise : std::strtoull(value, nullptr, 10);
}

/// The power goes in each call of a whole history, one after another.
TEST(ExactlyOnce, OverAPowerCutBetweenAnyTwoCallsOfTheDisk) {
  const std::uint64_t only = from_environment("TIDEGATE_SEED", 0);
  const std::uint64_t seeds = from_environment("TIDEGATE_SEEDS", kHistories) / kHistoriesASeed;
  const std::uint64_t last = only > 0 ? only : std::max<std::uint64_t>(1, seeds);
  std::uint64_t cuts = 0;
  std::uint64_t snapshots = 0;
  for (std::uint64_t seed = only > 0 ? only : 1; seed <= last; ++seed) {
    const OnceOutcome whole = run_once_history({.seed = seed});
    ASSERT_FALSE(whole.violation) << *whole.violation;
    for (std::uint64_t cut_at = 1; cut_at <= whole.calls; ++cut_at) {
      const OnceOutcome outcome = run_once_history({.seed = seed, .cut_at = cut_at});
      ASSERT_FALSE(outcome.violation) << "power cut in call " << cut_at << " of " << whole.calls << ": "
                                      << *outcome.violation << "\nreplay it with: TIDEGATE_SEED=" << seed << " "
                                      << program_invocation_name;
      cuts += outcome.cuts;
      snapshots += outcome.snapshots;
    }
  }
  EXPECT_GT(cuts, 100U * last);
  EXPECT_GT(snapshots, 0U);
  std::cout << cuts << " power cuts and kills, " << snapshots << " starts from a snapshot\n";
}

/// What is dropped stays dropped, and nothing comes out of its order.
TEST(ExactlyOnce, OverflowAndAPowerCutKeepTheOrder) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const OnceOutcome whole = run_once_history({.seed = seed, .overflows = true});
    ASSERT_FALSE(whole.violation) << *whole.violation;
    for (std::uint64_t cut_at = 1; cut_at <= whole.calls; ++cut_at) {
      const OnceOutcome outcome = run_once_history({.seed = seed, .cut_at = cut_at, .overflows = true});
      ASSERT_FALSE(outcome.violation) << "seed " << seed << ", power cut in call " << cut_at << ": "
                                      << *outcome.violation;
    }
  }
}

// The test of the test: each thing that it rests on is taken away.

bool is_noticed(OnceOptions options) {
  options.seed = 1;
  const std::uint64_t calls = run_once_history({.seed = 1}).calls;
  for (options.cut_at = 1; options.cut_at <= calls; ++options.cut_at) {
    const OnceOutcome outcome = run_once_history(options);
    if (!outcome.violation) continue;
    std::cout << "call " << options.cut_at << ": " << *outcome.violation << "\n";
    return true;
  }
  return false;
}

TEST(ExactlyOnce, AnswersBeforeTheRecordIsDurableAreNoticed) { EXPECT_TRUE(is_noticed({.answers_early = true})); }

TEST(ExactlyOnce, AStartWithoutTheSessionsIsNoticed) { EXPECT_TRUE(is_noticed({.forgets_sessions = true})); }

}  // namespace
}  // namespace tidegate::simulation
