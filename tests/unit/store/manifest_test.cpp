// The manifest as bytes, and which of its areas is written and believed.

#include "gateway/store/manifest.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/store/manifest_areas.hpp"
#include "tests/simulation/sim_disk.hpp"

namespace tidegate::store {
namespace {

using simulation::SimDisk;

Manifest sample() {
  Manifest manifest;
  manifest.sequence = 9;
  manifest.confirmed = 8;
  manifest.board_id = "board";
  manifest.slot_bytes = 65536;
  manifest.frame_alignment = 4096;
  manifest.slots = {{.salt = 0xABCDEF, .sequence = 1, .used = 8192}, {}, {.salt = 1, .sequence = 2, .used = 4096}};
  StreamRecord stream;
  stream.id = {1};
  stream.name = "sensors";
  stream.next = Offset{50};
  stream.given_up = Offset{10};
  stream.evicted_to = Offset{5};
  stream.incarnations = {{Incarnation{}, Offset{0}}};
  stream.cursors = {{"cloud", Lane{0}, Offset{10}, kOpenEnd}, {"cloud", Lane{1}, Offset{20}, Offset{30}}};
  stream.extents.put({Offset{5}, 25, 900, 0});
  stream.extents.put({Offset{30}, 20, 700, 2});
  manifest.streams = {stream};
  manifest.tail = {.slot = 2, .position = 4096, .next_commit = 77, .clean = true};
  manifest.older_tail = SlotPosition{.slot = 0, .position = 8192};
  return manifest;
}

TEST(Manifest, ComesBackAsItWas) {
  const auto decoded = decode_manifest(encode_manifest(sample()));
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(decoded->sequence, 9U);
  EXPECT_EQ(decoded->confirmed, 8U);
  EXPECT_EQ(decoded->board_id, "board");
  ASSERT_EQ(decoded->slots.size(), 3U);
  EXPECT_EQ(decoded->slots[0].salt, 0xABCDEFU);
  EXPECT_EQ(decoded->slots[1].sequence, 0U) << "never used";
  EXPECT_EQ(decoded->slots[2].used, 4096U);
  ASSERT_EQ(decoded->streams.size(), 1U);
  const StreamRecord& stream = decoded->streams[0];
  EXPECT_EQ(stream.name, "sensors");
  EXPECT_EQ(stream.next, Offset{50});
  ASSERT_EQ(stream.cursors.size(), 2U);
  EXPECT_EQ(stream.cursors[0].end, kOpenEnd);
  EXPECT_EQ(stream.cursors[1].end, Offset{30});
  ASSERT_TRUE(stream.extents.at_or_after(Offset{35}));
  EXPECT_EQ(*stream.extents.at_or_after(Offset{35}), (Extent{Offset{30}, 20, 700, 2}));
  EXPECT_EQ(decoded->tail.slot, 2U);
  EXPECT_EQ(decoded->tail.next_commit, 77U);
  EXPECT_TRUE(decoded->tail.clean);
  ASSERT_TRUE(decoded->older_tail);
  EXPECT_EQ(decoded->older_tail->slot, 0U);
  EXPECT_EQ(decoded->older_tail->position, 8192U);
}

TEST(Manifest, OfAnotherVersionIsToldFromARottenOne) {
  Buffer bytes = encode_manifest(sample());
  bytes[100] ^= std::byte{1};
  EXPECT_EQ(decode_manifest(bytes).error().kind, ErrorKind::kCorrupt);
}

Manifest largest() {
  Manifest manifest = sample();
  manifest.board_id = std::string(kMaxBoardIdBytes, 'b');
  manifest.slots.assign(kMaxSlots, {.salt = UINT64_MAX, .sequence = 1ULL << 40, .used = 1U << 30});
  StreamRecord stream = manifest.streams[0];
  stream.name = std::string(kMaxNameBytes, 'n');
  stream.next = stream.given_up = stream.evicted_to = Offset{1ULL << 40};
  stream.incarnations.assign(kMaxIncarnations, {Incarnation{}, Offset{1ULL << 40}});
  stream.cursors.assign(kMaxCursors, {std::string(32, 'u'), Lane{0}, Offset{1ULL << 40}, Offset{1ULL << 41}});
  stream.extents = {};
  for (std::uint32_t i = 0; i < kMaxExtents / kMaxStreams; ++i)
    stream.extents.put({Offset{(1ULL << 40) + i * (1ULL << 20)}, 1U << 19, 1U << 30, i % kMaxSlots});
  manifest.streams.assign(kMaxStreams, stream);
  return manifest;
}

TEST(Manifest, TheLargestOneFitsIntoItsArea) { EXPECT_LE(encode_manifest(largest()).size(), kManifestAreaBytes); }

TEST(Manifest, MutatedBytesNeverHarm) {
  simulation::SeededRandom random(11);
  const Buffer bytes = encode_manifest(sample());
  for (int round = 0; round < 20'000; ++round) {
    Buffer mutated = bytes;
    for (std::uint64_t i = random.between(1, 4); i > 0; --i)
      mutated[random.index(mutated.size())] = static_cast<std::byte>(random.below(256));
    mutated.resize(random.index(mutated.size() + 1));
    (void)decode_manifest(mutated);
  }
}

class Areas : public testing::Test {
 protected:
  Areas() : file_(std::move(disk_.open("/pool", OpenMode::kCreate)).value()) {
    EXPECT_TRUE(file_->write_at(0, Buffer(kFirstSlotAt)).ok());
    EXPECT_TRUE(file_->sync_data().ok());
  }

  void write(bool flush_ok = true) {
    if (!flush_ok) disk_.fail_once(simulation::Call::kSyncData, 1);
    Manifest manifest = sample();
    ASSERT_TRUE(areas_.write(*file_, manifest).ok());
    const auto flushed = file_->sync_data();
    EXPECT_EQ(flushed.ok(), flush_ok);
    areas_.flushed(flushed.ok());
  }

  void rot(std::uint32_t area, std::uint32_t copy) { disk_.rot("/pool", manifest_at(area, copy), 16); }
  /// The manifest in an area is lost.
  void destroy(std::uint32_t area) {
    rot(area, 0);
    rot(area, 1);
  }

  std::uint64_t newest() {
    const auto manifest = ManifestAreas().load(*file_);
    return manifest.ok() ? manifest->sequence : 0;
  }

  SimDisk disk_{{.seed = 5}};
  std::unique_ptr<File> file_;
  ManifestAreas areas_;
};

TEST_F(Areas, TheNewestManifestCountsAndTheOneBeforeStandsBehindIt) {
  write();
  write();
  EXPECT_EQ(newest(), 2U);
  destroy(1);
  EXPECT_EQ(newest(), 1U);
}

TEST_F(Areas, OneRottenCopyOfAManifestCostsNothing) {
  write();
  write();
  rot(1, 0);
  ManifestAreas areas;
  EXPECT_EQ(areas.load(*file_)->sequence, 2U);
  EXPECT_THAT(areas.half_rotten(), testing::ElementsAre(1U));
  rot(0, 1);
  EXPECT_EQ(areas.load(*file_)->sequence, 2U);
}

TEST_F(Areas, AManifestThatIsLargerThanHalfAnAreaHasOneCopy) {
  Manifest large = largest();
  for (Slot& slot : large.slots) slot.used = 0;
  ASSERT_GT(encode_manifest(large).size(), kManifestAreaBytes / 2);
  ASSERT_TRUE(areas_.write(*file_, large).ok());
  ASSERT_TRUE(file_->sync_data().ok());
  EXPECT_EQ(newest(), 1U);
}

TEST_F(Areas, AfterAFailedFlushNeitherTheNewestGoodOneNorTheFailedAreaIsWritten) {
  write();
  write();
  write(false);  // into area 2
  write();       // so into area 0
  EXPECT_EQ(newest(), 4U);
  destroy(0);
  EXPECT_GE(newest(), 2U) << "the good one before was not touched";
}

TEST_F(Areas, AStartSparesWhatTheLoadedManifestMayBeAGhostOf) {
  write();
  write();
  write(false);
  ManifestAreas second;
  const auto loaded = second.load(*file_);
  ASSERT_TRUE(loaded.ok());
  ASSERT_TRUE(second.write(*file_, sample()).ok());
  ASSERT_TRUE(file_->sync_data().ok());
  second.flushed(true);
  destroy(2);
  destroy(0);
  EXPECT_EQ(newest(), 2U) << "the newest one that was confirmed is still there";
}

// Found by the simulation: a first copy that is well hid what a failed flush had left in the second, and once the first
// was destroyed as the area was written again, that was believed in place of what had been promised since.
TEST_F(Areas, WhatAFailedFlushLeftInASecondCopyIsNeverNewerThanWhatWasWrittenSince) {
  for (int i = 0; i < 5; ++i) write();  // 4 is in area 0, 5 in area 1
  Manifest failed = sample();
  failed.sequence = 7;
  ASSERT_TRUE(file_->write_at(manifest_at(0, 1), encode_manifest(failed)).ok());
  ASSERT_TRUE(file_->sync_data().ok());
  ManifestAreas next;
  ASSERT_TRUE(next.load(*file_).ok());
  ASSERT_TRUE(next.write(*file_, sample()).ok());
  ASSERT_TRUE(file_->sync_data().ok());
  next.flushed(true);
  rot(0, 0);
  EXPECT_EQ(newest(), 8U) << "the number of the failed one is not given again";
}

}  // namespace
}  // namespace tidegate::store
