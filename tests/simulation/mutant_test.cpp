#include <gtest/gtest.h>

#include <iostream>

#include "gateway/store/manifest.hpp"
#include "tests/simulation/history.hpp"

// The test of the test: each thing that a promise rests on is taken away, and the histories must notice it soon.

namespace tidegate::simulation {
namespace {

constexpr std::uint64_t kSeeds = 1000;

/// The first seed whose history notices, or nothing.
std::optional<std::uint64_t> noticed_by(HistoryOptions options) {
  for (options.seed = 1; options.seed <= kSeeds; ++options.seed) {
    const Outcome outcome = run_history(options);
    if (!outcome.violation) continue;
    std::cout << "seed " << options.seed << ", " << *outcome.violation << "\n";
    return options.seed;
  }
  return {};
}

/// A disk that leaves out the flushes of which `chosen` is true.
HistoryOptions without(bool (*chosen)(const Flush&)) {
  HistoryOptions options;
  options.mutation = [chosen](const Flush& flush) { return chosen(flush) ? std::optional(LeftOut{}) : std::nullopt; };
  return options;
}

bool is_pool(const Flush& flush) { return flush.path.ends_with("/pool"); }

TEST(Mutant, WithoutFlushesOfFramesIsNoticed) {
  EXPECT_TRUE(noticed_by(without(
      [](const Flush& flush) { return is_pool(flush) && !flush.grows && flush.highest > store::kFirstSlotAt; })));
}

TEST(Mutant, WithoutFlushesOfManifestsAloneIsNoticed) {
  EXPECT_TRUE(
      noticed_by(without([](const Flush& flush) { return is_pool(flush) && flush.highest <= store::kFirstSlotAt; })));
}

// Takes two starts in a row that end in the wrong places: rare, so these histories hardly ever open in peace.
TEST(Mutant, WithoutTheFlushOfWhatAnEarlierProgramWroteIsNoticed) {
  HistoryOptions options = without([](const Flush& flush) { return is_pool(flush) && flush.inherited; });
  options.unrest = {.cut_opens_percent = 98, .max_calls_to_cut = 14, .program_only_percent = 50};
  EXPECT_TRUE(noticed_by(options));
}

TEST(Mutant, WithoutManifestsInTheFlushesOfFramesIsNoticed) {
  HistoryOptions options;
  options.mutation = [](const Flush& flush) -> std::optional<LeftOut> {
    if (!is_pool(flush) || flush.highest <= store::kFirstSlotAt) return {};
    return LeftOut{.from = 0, .to = store::kFirstSlotAt};
  };
  EXPECT_TRUE(noticed_by(options));
}

// The next commit's flush would store the slot's size as well: nothing is lost, but that commit pays for it.
TEST(Mutant, WithoutTheFlushOfANewSlotIsNoticed) {
  HistoryOptions options = without([](const Flush& flush) { return is_pool(flush) && flush.grows; });
  std::uint64_t growing_commits = 0;
  for (options.seed = 1; options.seed <= kSeeds && growing_commits == 0; ++options.seed)
    growing_commits += run_history(options).growing_commits;
  EXPECT_GT(growing_commits, 0U);
}

// Nothing has been promised before the first commit's flush, which stores the pool as well: but a pool that can be seen
// would not be whole, and be set aside with an alarm.
TEST(Mutant, WithoutTheFlushOfANewPoolIsNoticed) {
  HistoryOptions options = without([](const Flush& flush) { return !flush.of_directory && !is_pool(flush); });
  std::uint64_t set_aside = 0;
  for (options.seed = 1; options.seed <= kSeeds && set_aside == 0; ++options.seed)
    set_aside += run_history(options).pools_set_aside;
  EXPECT_GT(set_aside, 0U);
}

TEST(Mutant, WithoutTheFlushOfTheStoresDirectoryIsNoticed) {
  EXPECT_TRUE(
      noticed_by(without([](const Flush& flush) { return flush.of_directory && flush.path.ends_with("/store"); })));
}

TEST(Mutant, WithoutTheFlushOfItsParentIsNoticed) {
  EXPECT_TRUE(
      noticed_by(without([](const Flush& flush) { return flush.of_directory && flush.path.ends_with("/var"); })));
}

TEST(Mutant, FramesThatShareAFlashPageAreNoticed) { EXPECT_TRUE(noticed_by({.small_frames = true})); }

TEST(Mutant, FlushesThatAreTriedAgainAndBelievedAreNoticed) { EXPECT_TRUE(noticed_by({.repeat_flushes = true})); }

TEST(Mutant, SlotsThatNothingTellsFromTheirEarlierUseAreNoticed) { EXPECT_TRUE(noticed_by({.constant_salts = true})); }

TEST(Mutant, CursorsThatCountBeforeTheyAreDurableAreNoticed) { EXPECT_TRUE(noticed_by({.hasty_cursors = true})); }

TEST(Mutant, DropsThatCountBeforeTheyAreDurableAreNoticed) { EXPECT_TRUE(noticed_by({.hasty_drops = true})); }

TEST(Mutant, BatchesThatAreNotOneFrameAreNoticed) { EXPECT_TRUE(noticed_by({.split_commits = true})); }

}  // namespace
}  // namespace tidegate::simulation
