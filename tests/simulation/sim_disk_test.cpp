#include "tests/simulation/sim_disk.hpp"

#include <gtest/gtest.h>

#include <set>

namespace tidegate::simulation {
namespace {

constexpr int kSeeds = 200;

Buffer filled(std::size_t size, int value) { return Buffer(size, static_cast<std::byte>(value)); }

std::unique_ptr<File> create(SimDisk& disk, const std::string& path) {
  auto file = disk.open(path, OpenMode::kCreate);
  EXPECT_TRUE(file.ok());
  return std::move(*file);
}

Buffer content(SimDisk& disk, const std::string& path) {
  auto file = disk.open(path, OpenMode::kRead);
  if (!file) return {};
  Buffer bytes(static_cast<std::size_t>((*file)->size().value()));
  EXPECT_EQ((*file)->read_at(0, bytes).value(), bytes.size());
  return bytes;
}

/// The power goes in a call that changes nothing.
void cut_now(SimDisk& disk) {
  disk.cut_within(1);
  EXPECT_FALSE(disk.free_bytes("/").ok());
  EXPECT_FALSE(disk.powered());
  disk.restore_power();
}

void create_synced(SimDisk& disk, const std::string& path, Bytes bytes) {
  auto file = create(disk, path);
  ASSERT_TRUE(file->write_at(0, bytes).ok());
  ASSERT_TRUE(file->sync_data().ok());
  ASSERT_TRUE(disk.sync_directory("/").ok());
}

TEST(SimDisk, KeepsWhatWasSyncedWhateverFollowsInOtherPages) {
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    SimDisk disk({.seed = seed});
    create_synced(disk, "/a", filled(8192, 1));
    auto file = std::move(*disk.open("/a", OpenMode::kReadWrite));
    ASSERT_TRUE(file->write_at(8192, filled(4096, 2)).ok());
    cut_now(disk);
    const Buffer found = content(disk, "/a");
    ASSERT_GE(found.size(), 8192U);
    EXPECT_EQ(Buffer(found.begin(), found.begin() + 8192), filled(8192, 1)) << "seed " << seed;
  }
}

TEST(SimDisk, KeepsOrLosesEachUnsyncedSectorForItself) {
  std::set<std::string> patterns;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    SimDisk disk({.seed = seed});
    create_synced(disk, "/a", filled(2048, 1));
    auto file = std::move(*disk.open("/a", OpenMode::kReadWrite));
    ASSERT_TRUE(file->write_at(0, filled(2048, 2)).ok());
    cut_now(disk);
    const Buffer found = content(disk, "/a");
    std::string pattern;
    for (std::size_t sector = 0; sector < 4; ++sector) {
      const Buffer bytes(found.begin() + static_cast<std::ptrdiff_t>(sector * 512),
                         found.begin() + static_cast<std::ptrdiff_t>(sector * 512 + 512));
      pattern += bytes == filled(512, 1) ? 'o' : bytes == filled(512, 2) ? 'n' : 'x';
    }
    patterns.insert(pattern);
  }
  EXPECT_TRUE(patterns.contains("oooo"));
  EXPECT_TRUE(patterns.contains("nnnn"));
  EXPECT_TRUE(patterns.contains("xxxx")) << "no page in flight was destroyed";
  EXPECT_GE(patterns.size(), 12U) << "of 16, and the destroyed one";
}

TEST(SimDisk, ASectorWrittenTwiceMayBeAnyOfItsThreeVersions) {
  std::set<std::byte> versions;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    SimDisk disk({.seed = seed, .page_bytes = 512});
    create_synced(disk, "/a", filled(512, 1));
    auto file = std::move(*disk.open("/a", OpenMode::kReadWrite));
    ASSERT_TRUE(file->write_at(0, filled(512, 2)).ok());
    ASSERT_TRUE(file->write_at(0, filled(512, 3)).ok());
    cut_now(disk);
    const Buffer found = content(disk, "/a");
    if (found == filled(512, static_cast<int>(found[0]))) versions.insert(found[0]);
  }
  EXPECT_EQ(versions, (std::set<std::byte>{std::byte{1}, std::byte{2}, std::byte{3}}));
}

TEST(SimDisk, AnUnsyncedSizeIsKeptWithZerosOrLost) {
  bool kept = false, lost = false, zeros = false;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    SimDisk disk({.seed = seed});
    create_synced(disk, "/a", filled(4096, 1));
    auto file = std::move(*disk.open("/a", OpenMode::kReadWrite));
    ASSERT_TRUE(file->write_at(4096, filled(4096, 2)).ok());
    cut_now(disk);
    const Buffer found = content(disk, "/a");
    ASSERT_TRUE(found.size() == 4096 || found.size() == 8192);
    lost |= found.size() == 4096;
    kept |= found.size() == 8192;
    zeros |= found.size() == 8192 && std::find(found.begin() + 4096, found.end(), std::byte{}) != found.end();
  }
  EXPECT_TRUE(kept && lost && zeros);
}

TEST(SimDisk, ATruncatedFileIsWholeAgainIfTheTruncationIsLost) {
  int whole = 0;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    SimDisk disk({.seed = seed});
    create_synced(disk, "/a", filled(8192, 1));
    (void)create(disk, "/a");
    EXPECT_EQ(content(disk, "/a").size(), 0U);
    cut_now(disk);
    const Buffer found = content(disk, "/a");
    ASSERT_TRUE(found.empty() || found == filled(8192, 1)) << "seed " << seed;
    whole += !found.empty();
  }
  EXPECT_GT(whole, kSeeds / 4);
  EXPECT_LT(whole, kSeeds * 3 / 4);
}

TEST(SimDisk, APageInFlightTakesItsSyncedNeighboursWithIt) {
  int destroyed = 0;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    SimDisk disk({.seed = seed});
    create_synced(disk, "/a", filled(4096, 1));
    auto file = std::move(*disk.open("/a", OpenMode::kReadWrite));
    ASSERT_TRUE(file->write_at(2048, filled(512, 2)).ok());
    disk.cut_within(1);
    EXPECT_FALSE(file->sync_data().ok());
    disk.restore_power();
    const Buffer found = content(disk, "/a");
    destroyed += Buffer(found.begin(), found.begin() + 512) != filled(512, 1);
  }
  EXPECT_GT(destroyed, kSeeds / 4);
  EXPECT_LT(destroyed, kSeeds * 3 / 4);
}

TEST(SimDisk, AnEntryIsCertainOnlyAfterItsDirectoryWasSynced) {
  int kept = 0;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    SimDisk disk({.seed = seed});
    auto file = create(disk, "/a");
    ASSERT_TRUE(file->write_at(0, filled(512, 1)).ok());
    ASSERT_TRUE(file->sync_data().ok());
    cut_now(disk);
    kept += disk.open("/a", OpenMode::kRead).ok();
    create_synced(disk, "/b", filled(512, 1));
    cut_now(disk);
    EXPECT_EQ(content(disk, "/b"), filled(512, 1));
  }
  EXPECT_GT(kept, kSeeds / 4);
  EXPECT_LT(kept, kSeeds * 3 / 4);
}

TEST(SimDisk, ARenameIsAllOrNothing) {
  int renamed = 0;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    SimDisk disk({.seed = seed});
    create_synced(disk, "/a", filled(512, 1));
    create_synced(disk, "/b", filled(512, 2));
    ASSERT_TRUE(disk.rename("/a", "/b").ok());
    EXPECT_EQ(disk.list("/").value(), std::vector<std::string>{"b"});
    cut_now(disk);
    const bool done = content(disk, "/b") == filled(512, 1);
    EXPECT_EQ(disk.open("/a", OpenMode::kRead).ok(), !done);
    renamed += done;
  }
  EXPECT_GT(renamed, kSeeds / 4);
  EXPECT_LT(renamed, kSeeds * 3 / 4);
}

TEST(SimDisk, WhatIsInADirectoryIsLostWithIt) {
  bool lost = false;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    SimDisk disk({.seed = seed});
    ASSERT_TRUE(disk.create_directory("/d").ok());
    (void)create(disk, "/d/a");
    ASSERT_TRUE(disk.sync_directory("/d").ok());
    cut_now(disk);
    lost |= !disk.list("/d").ok();
    EXPECT_EQ(disk.list("/d").ok(), disk.open("/d/a", OpenMode::kRead).ok());
  }
  EXPECT_TRUE(lost);
}

TEST(SimDisk, AFlushAfterAFailedOneSucceedsAndStoresNothing) {
  int lost = 0;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    SimDisk disk({.seed = seed});
    create_synced(disk, "/a", filled(512, 1));
    auto file = std::move(*disk.open("/a", OpenMode::kReadWrite));
    ASSERT_TRUE(file->write_at(0, filled(512, 2)).ok());
    disk.fail_once(Call::kSyncData, 1);
    const auto failed = file->sync_data();
    ASSERT_FALSE(failed.ok());
    EXPECT_EQ(failed.error().kind, ErrorKind::kIo);
    EXPECT_TRUE(file->sync_data().ok());
    EXPECT_EQ(disk.counters().hopeful_flushes, 1U);
    cut_now(disk);
    lost += content(disk, "/a") == filled(512, 1);
  }
  EXPECT_GT(lost, kSeeds / 4);
}

TEST(SimDisk, AFullDiskTakesWhatFitsAndSaysSo) {
  SimDisk disk({});
  auto file = create(disk, "/a");
  ASSERT_TRUE(file->write_at(0, filled(4096, 1)).ok());
  disk.set_capacity(4096 + 1024);
  EXPECT_EQ(disk.free_bytes("/").value(), 1024U);
  const auto written = file->write_at(4096, filled(4096, 2));
  ASSERT_FALSE(written.ok());
  EXPECT_EQ(written.error().kind, ErrorKind::kNoSpace);
  EXPECT_EQ(file->size().value(), 4096U + 1024U);
  EXPECT_TRUE(file->write_at(0, filled(4096, 3)).ok()) << "overwriting needs no space";
}

TEST(SimDisk, NothingWorksWithoutPowerAndNoFileSurvivesIt) {
  SimDisk disk({});
  create_synced(disk, "/a", filled(512, 1));
  auto file = std::move(*disk.open("/a", OpenMode::kReadWrite));
  disk.cut_within(2);
  EXPECT_TRUE(file->size().ok());
  EXPECT_FALSE(file->write_at(0, filled(512, 2)).ok());
  EXPECT_FALSE(disk.list("/").ok());
  disk.restore_power();
  EXPECT_TRUE(disk.list("/").ok());
  EXPECT_FALSE(file->write_at(0, filled(512, 2)).ok());
}

TEST(SimDisk, KeepsWhatIsInThePageCacheWhenOnlyTheProgramEnds) {
  SimDisk disk({});
  auto file = create(disk, "/a");
  ASSERT_TRUE(file->write_at(0, filled(512, 1)).ok());
  disk.cut_within(1);
  EXPECT_FALSE(file->sync_data().ok());
  disk.restart_program();
  EXPECT_EQ(content(disk, "/a"), filled(512, 1));
  EXPECT_FALSE(file->size().ok());
}

TEST(SimDisk, AMutationLeavesOutWhatItNames) {
  SimDisk disk({.seed = 1, .mutation = [](const Flush& flush) -> std::optional<LeftOut> {
                  if (flush.of_directory) return LeftOut{};
                  return LeftOut{.from = 0, .to = 512};
                }});
  auto file = create(disk, "/a");
  ASSERT_TRUE(file->write_at(0, filled(1024, 1)).ok());
  EXPECT_TRUE(file->sync_data().ok());
  EXPECT_TRUE(disk.sync_directory("/").ok());
  int entry_lost = 0;
  for (int i = 0; i < 20 && entry_lost == 0; ++i) {
    auto again = create(disk, "/b");
    EXPECT_TRUE(disk.sync_directory("/").ok());
    cut_now(disk);
    entry_lost += !disk.open("/b", OpenMode::kRead).ok();
  }
  EXPECT_EQ(entry_lost, 1);
}

}  // namespace
}  // namespace tidegate::simulation
