// Pools of the format before, of ours and of a later one; and the way from one to the next.

#include "gateway/store/upgrade.hpp"

#include <gmock/gmock.h>

#include "gateway/store/frame_walker.hpp"
#include "gateway/store/manifest_areas.hpp"
#include "gateway/store/repair.hpp"
#include "tests/unit/store/frames.hpp"
#include "tests/unit/store/log_bench.hpp"

namespace tidegate::store {
namespace {

using test::kSensors;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::uint16_t kLaterFormat = kNewestFormat + 1;

/// A log whose pool is of the format before.
class FormatTest : public test::LogBench {
 protected:
  FormatTest() {
    log_.reset();
    EXPECT_TRUE(disk_.remove("/store/pool").ok());
    options_.format = kFirstFormat;
    options_.compression = Compression::kZstd;
    open();
  }

  std::unique_ptr<File> pool() { return std::move(disk_.open("/store/pool", OpenMode::kReadWrite)).value(); }
  Manifest newest() { return ManifestAreas().load(*pool()).value(); }

  /// Each copy of each manifest with its format, in order of the file.
  std::vector<std::uint16_t> formats() {
    std::vector<std::uint16_t> formats;
    for (std::uint32_t area = 0; area < kManifestAreas; ++area)
      for (std::uint32_t copy = 0; copy < kManifestCopies; ++copy)
        if (const auto manifest = read_manifest(*pool(), area, copy); manifest) formats.push_back(manifest->format);
    return formats;
  }

  /// Writes one copy of a manifest anew, as of this format.
  void set_format(std::uint32_t area, std::uint32_t copy, std::uint16_t format) {
    auto manifest = read_manifest(*pool(), area, copy);
    if (!manifest) return;
    manifest->format = format;
    ASSERT_TRUE(pool()->write_at(manifest_at(area, copy), encode_manifest(*manifest)).ok());
  }

  std::uint64_t stored_bytes() { return newest().slots[newest().tail.slot].used; }

  /// More than a page, and less than one when it is packed.
  Result<void> commit_much() { return commit(kSensors, 60, 200); }

  void upgrade_pool() {
    log_.reset();
    const auto done = upgrade("/store", disk_, random_, events_);
    ASSERT_TRUE(done.ok()) << done.error().message;
  }
};

TEST_F(FormatTest, OfAPoolThatIsMadeIsTheNewest) {
  log_.reset();
  ASSERT_TRUE(disk_.remove("/store/pool").ok());
  options_.format = LogOptions().format;
  open();
  EXPECT_EQ(newest().format, kNewestFormat);
  EXPECT_TRUE(log_->notices().empty());
}

TEST_F(FormatTest, StaysTheOneBeforeWhateverIsWrittenAndTheOwnerIsToldWhy) {
  EXPECT_THAT(log_->notices(), ElementsAre(HasSubstr("tidegate store upgrade")));
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(commit_much().ok());
  ASSERT_TRUE(log_->close().ok());
  EXPECT_THAT(formats(), testing::AllOf(testing::SizeIs(6), testing::Each(kFirstFormat)));
  const Manifest manifest = newest();
  const auto file = pool();
  FrameWalker walker(*file, {manifest.slot_bytes, manifest.frame_alignment},
                     {manifest.tail.slot, manifest.slots[manifest.tail.slot].salt, 0, manifest.slot_bytes}, 1 << 20);
  while (const auto step = walker.next()) EXPECT_EQ(step->frame ? step->frame->format : kFirstFormat, kFirstFormat);
}

TEST_F(FormatTest, AfterAnUpgradeFramesAreCompressedAndEverythingIsThere) {
  ASSERT_TRUE(commit_much().ok());
  upgrade_pool();
  EXPECT_THAT(formats(), testing::AllOf(testing::SizeIs(6), testing::Each(kNewestFormat)));
  open();
  EXPECT_TRUE(log_->notices().empty());
  const std::uint64_t before = stored_bytes();
  ASSERT_TRUE(commit_much().ok());
  open();
  EXPECT_EQ(numbers(kSensors, Offset{0}).size(), 120U);
  EXPECT_EQ(stored_bytes(), before + 2 * 4096) << "the commit, and the copy of it at the start";
  upgrade_pool();
  EXPECT_THAT(formats(), testing::Each(kNewestFormat)) << "once more changes nothing";
}

// What a program that knows the format before alone would take for the newest manifest must be the newest one.
TEST_F(FormatTest, AnUpgradeThatIsCutOffAnywhereLeavesThePoolToBothVersions) {
  bool done = false;
  for (std::uint64_t calls = 1; !done; ++calls) {
    for (const bool only_program : {true, false}) {
      log_.reset();
      ASSERT_TRUE(disk_.remove("/store/pool").ok());
      open();
      for (int i = 0; i < 5; ++i) ASSERT_TRUE(commit(kSensors, 1).ok());
      log_.reset();
      disk_.cut_within(calls);
      done = upgrade("/store", disk_, random_, events_).ok();
      if (disk_.powered()) {
        disk_.cancel_cut();
      } else {
        only_program ? disk_.restart_program() : disk_.restore_power();
      }
      std::optional<std::uint64_t> oldest_format_sees;
      for (std::uint32_t area = 0; area < kManifestAreas; ++area)
        for (std::uint32_t copy = 0; copy < kManifestCopies; ++copy)
          if (const auto manifest = read_manifest(*pool(), area, copy); manifest && manifest->format == kFirstFormat)
            oldest_format_sees = std::max(manifest->sequence, oldest_format_sees.value_or(0));
      const Manifest manifest = newest();
      EXPECT_EQ(manifest.format == kFirstFormat, oldest_format_sees.has_value()) << calls;
      EXPECT_EQ(oldest_format_sees.value_or(manifest.sequence), manifest.sequence) << calls;
      open();
      EXPECT_THAT(numbers(kSensors, Offset{0}), ElementsAre(0, 1, 2, 3, 4)) << calls;
    }
  }
}

TEST_F(FormatTest, OfTwoCopiesOfOneManifestTheEarlierOneCounts) {
  ASSERT_TRUE(log_->close().ok());
  for (std::uint32_t area = 0; area < kManifestAreas; ++area) set_format(area, 0, kNewestFormat);
  EXPECT_EQ(newest().format, kFirstFormat);
}

class LaterPool : public FormatTest {
 protected:
  /// The newest manifest alone: those of our format are older.
  void make_manifest_later() {
    ASSERT_TRUE(log_->close().ok());
    log_.reset();
    const std::uint64_t sequence = newest().sequence;
    for (std::uint32_t area = 0; area < kManifestAreas; ++area)
      for (std::uint32_t copy = 0; copy < kManifestCopies; ++copy)
        if (const auto manifest = read_manifest(*pool(), area, copy); manifest && manifest->sequence == sequence)
          set_format(area, copy, kLaterFormat);
  }

  Buffer content(const std::string& path) {
    auto file = disk_.open(path, OpenMode::kRead);
    if (!file) return {};
    Buffer bytes(static_cast<std::size_t>((*file)->size().value()));
    EXPECT_TRUE((*file)->read_at(0, bytes).ok());
    return bytes;
  }
};

TEST_F(LaterPool, IsSetAsideUntouchedAndTheOwnerIsToldHowToGetAtIt) {
  ASSERT_TRUE(commit(kSensors, 3).ok());
  const Incarnation before = log_->state(kSensors).incarnations.back().incarnation;
  make_manifest_later();
  const Buffer bytes = content("/store/pool");
  EXPECT_EQ(StoreView::open("/store", disk_).error().kind, ErrorKind::kUnsupported);
  EXPECT_EQ(upgrade("/store", disk_, random_, events_).error().kind, ErrorKind::kUnsupported);
  for (const bool again : {false, true}) {
    open();
    EXPECT_THAT(*disk_.list("/store"), ElementsAre("pool", "pool.newer-1")) << again;
    EXPECT_EQ(content("/store/pool.newer-1"), bytes);
    ASSERT_FALSE(log_->notices().empty());
    EXPECT_THAT(log_->notices().front(), HasSubstr("pool.newer-1, moved to DIR/store/pool, is read by"));
  }
  EXPECT_EQ(log_->state(kSensors).next, Offset{0});
  EXPECT_NE(log_->state(kSensors).incarnations.back().incarnation, before);
  EXPECT_TRUE(commit(kSensors, 1).ok());
}

TEST_F(LaterPool, IsLeftWhereItIsOnAReadOnlyDisk) {
  make_manifest_later();
  disk_.set_read_only(true);
  open();
  EXPECT_FALSE(commit(kSensors, 1).ok());
  EXPECT_THAT(*disk_.list("/store"), ElementsAre("pool"));
}

class LaterFrame : public LaterPool {
 protected:
  /// Puts a frame of a later format behind what the first slot holds.
  void write_later_frame() {
    const auto view = StoreView::open("/store", disk_);
    const Slot slot = (*view)->manifest().slots[0];
    const FramePlace place{slot.salt, kFirstSlotAt + slot.used};
    FrameWriter writer;
    writer.add(SectionKind::kSnapshot, as_bytes("who knows"));
    Buffer frame = writer.make(place, (*view)->manifest().tail.next_commit, 4096);
    frame[4] = std::byte{kLaterFormat};
    frame = test::sealed(std::move(frame), place);
    ASSERT_TRUE(pool()->write_at(place.file_position, frame).ok());
  }
};

TEST_F(LaterFrame, MakesThePoolALaterOneWhateverItsManifestSays) {
  ASSERT_TRUE(commit(kSensors, 3).ok());
  write_later_frame();
  const Buffer bytes = content("/store/pool");
  EXPECT_EQ(StoreView::open("/store", disk_).error().kind, ErrorKind::kUnsupported);
  open();
  EXPECT_EQ(content("/store/pool.newer-1"), bytes);
  EXPECT_EQ(log_->state(kSensors).next, Offset{0});
}

TEST_F(LaterFrame, IsNotTakenForRotWhereAManifestIsMadeOfFrames) {
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(commit(kSensors, 3).ok());
  write_later_frame();
  log_.reset();
  disk_.rot("/store/pool", 0, kFirstSlotAt);
  const RepairOptions repair{"/store", {test::kSlotBytes, 4096}, {"sensors", "alarms"}};
  EXPECT_EQ(plan_repair(repair, disk_, random_).error().kind, ErrorKind::kUnsupported);
}

// A pool of which a manifest was believed that knows no such frames contradicts itself: they are lost, and named.
TEST_F(LaterFrame, AmongThoseThatAManifestKnowsIsNamedCorrupt) {
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(commit(kSensors, 2).ok());
  ASSERT_TRUE(log_->close().ok());
  const Slot slot = newest().slots[0];
  const FramePlace place{slot.salt, kFirstSlotAt + 4096};
  Buffer frame(4096);
  ASSERT_TRUE(pool()->read_at(place.file_position, frame).ok());
  frame[4] = std::byte{kLaterFormat};
  ASSERT_TRUE(pool()->write_at(place.file_position, test::sealed(std::move(frame), place)).ok());
  open();
  EXPECT_THAT(numbers(kSensors, Offset{0}), ElementsAre(0, 1, 4, 5));
  const ReadResult read = this->read(kSensors, Offset{0});
  ASSERT_EQ(read.skips.size(), 1U);
  EXPECT_EQ(read.skips[0].reason, SkipReason::kCorrupt);
}

}  // namespace
}  // namespace tidegate::store
