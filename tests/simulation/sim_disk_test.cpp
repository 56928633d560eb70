#include "tests/simulation/sim_disk.hpp"

#include <gtest/gtest.h>

#include <array>
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

/// "/a" has 512 times 1 on the flash, and 512 times 2 were written over it and not flushed.
std::unique_ptr<File> fail_to_flush(SimDisk& disk) {
  create_synced(disk, "/a", filled(512, 1));
  auto file = std::move(*disk.open("/a", OpenMode::kReadWrite));
  EXPECT_TRUE(file->write_at(0, filled(512, 2)).ok());
  disk.fail_once(Call::kSyncData, 1);
  EXPECT_FALSE(file->sync_data().ok());
  return file;
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
    ASSERT_TRUE(found.size() >= 4096 && found.size() <= 8192) << "between them: of a short write";
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

TEST(SimDisk, WithoutItsCacheAFileIsWhatTheFlashHolds) {
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    SimDisk disk({.seed = seed});
    const auto file = fail_to_flush(disk);
    file->drop_cache();
    const Buffer found = content(disk, "/a");
    cut_now(disk);
    EXPECT_EQ(content(disk, "/a"), found) << "seed " << seed;
  }
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
  for (int i = 0; i < 50 && entry_lost == 0; ++i) {
    const std::string name = "/b" + std::to_string(i);
    (void)create(disk, name);
    EXPECT_TRUE(disk.sync_directory("/").ok());
    cut_now(disk);
    entry_lost += !disk.open(name, OpenMode::kRead).ok();
  }
  EXPECT_EQ(entry_lost, 1);
}

TEST(SimDisk, DestroysThePagesThatWereBeingWrittenAndNoOthers) {
  constexpr std::size_t kPageBytes = 32 << 10;
  int destroyed = 0;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    SimDisk disk({.seed = seed, .page_bytes = kPageBytes});
    create_synced(disk, "/a", filled(4 * kPageBytes, 1));
    auto file = std::move(*disk.open("/a", OpenMode::kReadWrite));
    ASSERT_TRUE(file->write_at(kPageBytes, filled(512, 2)).ok());
    ASSERT_TRUE(file->write_at(3 * kPageBytes, filled(512, 2)).ok());
    cut_now(disk);
    const Buffer found = content(disk, "/a");
    const auto page = [&](std::size_t number) {
      const auto begin = found.begin() + static_cast<std::ptrdiff_t>(number * kPageBytes);
      return Buffer(begin + 512, begin + kPageBytes);  // what lies beside the write
    };
    EXPECT_EQ(page(0), filled(kPageBytes - 512, 1)) << "seed " << seed;
    EXPECT_EQ(page(2), filled(kPageBytes - 512, 1)) << "seed " << seed;
    for (const std::size_t written : {std::size_t{1}, std::size_t{3}})
      destroyed += page(written) != filled(kPageBytes - 512, 1);
  }
  EXPECT_GT(destroyed, kSeeds / 4);
}

TEST(SimDisk, MayTakeAWriteInTwoPartsAndLoseThePowerBetweenThem) {
  int halves = 0;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    SimDisk disk({.seed = seed});
    create_synced(disk, "/a", filled(512, 1));
    auto file = std::move(*disk.open("/a", OpenMode::kReadWrite));
    const std::uint64_t calls = disk.counters().calls;
    disk.cut_within(1);
    EXPECT_FALSE(file->write_at(0, filled(512, 2)).ok());
    EXPECT_EQ(disk.counters().calls, calls + 1);
    disk.restart_program();
    const Buffer found = content(disk, "/a");
    halves += found.front() == std::byte{2} && found.back() == std::byte{1};
  }
  EXPECT_GT(halves, 0);
}

TEST(SimDisk, ShowsForAWhileWhatAFailedFlushHasLost) {
  int shown = 0, dropped = 0;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    SimDisk disk({.seed = seed});
    const auto file = fail_to_flush(disk);
    const bool ghost = content(disk, "/a") == filled(512, 2);
    for (int reads = 0; reads < 100; ++reads) (void)content(disk, "/a");
    const bool still = content(disk, "/a") == filled(512, 2);
    cut_now(disk);
    const bool stored = content(disk, "/a") == filled(512, 2);
    shown += ghost && !stored;
    dropped += ghost && !still;
    EXPECT_FALSE(stored && !still) << "seed " << seed << ": the cache showed something older than the flash";
  }
  EXPECT_GT(shown, 0);
  EXPECT_GT(dropped, 0);
}

TEST(SimDisk, FailsEachKindOfCallOnce) {
  for (std::size_t call = 0; call < kCalls; ++call) {
    SimDisk disk({});
    ASSERT_TRUE(disk.create_directory("/d").ok());
    create_synced(disk, "/a", filled(512, 1));
    disk.fail_once(static_cast<Call>(call), 1, ErrorKind::kNoSpace);
    int failed = 0;
    const auto note = [&](const auto& result) { failed += !result && result.error().kind == ErrorKind::kNoSpace; };
    std::array<std::byte, 1> byte{};
    for (const OpenMode mode : {OpenMode::kReadWrite, OpenMode::kRead, OpenMode::kCreate}) {
      const auto file = disk.open("/a", mode);
      note(file);
      if (!file) continue;
      note((*file)->size());
      note((*file)->read_at(0, byte));
      note((*file)->write_at(0, byte));
      note((*file)->sync_data());
    }
    note(disk.rename("/a", "/b"));
    note(disk.remove("/b"));
    note(disk.create_directory("/e"));
    note(disk.list("/d"));
    note(disk.sync_directory("/d"));
    note(disk.free_bytes("/"));
    EXPECT_EQ(failed, 1) << "call " << call;
  }
}

TEST(SimDisk, OnAReadOnlyDiskNothingChangesAndAllCanBeRead) {
  SimDisk disk({});
  create_synced(disk, "/a", filled(512, 1));
  auto file = std::move(*disk.open("/a", OpenMode::kReadWrite));
  EXPECT_TRUE(file->sync_data().ok());
  disk.set_read_only(true);
  EXPECT_EQ(file->write_at(0, filled(512, 2)).error().kind, ErrorKind::kReadOnly);
  EXPECT_TRUE(file->sync_data().ok()) << "there is nothing to flush";
  EXPECT_EQ(disk.open("/a", OpenMode::kReadWrite).error().kind, ErrorKind::kReadOnly);
  EXPECT_EQ(disk.open("/b", OpenMode::kCreate).error().kind, ErrorKind::kReadOnly);
  EXPECT_EQ(disk.rename("/a", "/b").error().kind, ErrorKind::kReadOnly);
  EXPECT_EQ(disk.remove("/a").error().kind, ErrorKind::kReadOnly);
  EXPECT_EQ(disk.create_directory("/d").error().kind, ErrorKind::kReadOnly);
  EXPECT_EQ(content(disk, "/a"), filled(512, 1));
  disk.set_read_only(false);
  EXPECT_TRUE(file->write_at(0, filled(512, 2)).ok());
}

}  // namespace
}  // namespace tidegate::simulation
