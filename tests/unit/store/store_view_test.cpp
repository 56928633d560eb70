#include "gateway/store/store_view.hpp"

#include "gateway/store/manifest_areas.hpp"
#include "gateway/store/verification.hpp"
#include "tests/unit/store/hasty_disk.hpp"
#include "tests/unit/store/log_bench.hpp"

namespace tidegate::store {
namespace {

using test::kAlarms;
using test::kSensors;

class StoreViewTest : public test::LogBench {
 protected:
  std::unique_ptr<StoreView> view() {
    auto opened = StoreView::open("/store", disk_);
    EXPECT_TRUE(opened.ok()) << opened.error().message;
    return opened.ok() ? std::move(*opened) : nullptr;
  }

  Verification verified(const StoreView& view) {
    auto found = verify(view);
    EXPECT_TRUE(found.ok());
    return found.ok() ? *found : Verification{};
  }
  Verification verified() { return verified(*view()); }
};

TEST_F(StoreViewTest, ShowsWhatTheRunningLogHoldsAndChangesNothing) {
  ASSERT_TRUE(commit(kSensors, 5).ok());
  ASSERT_TRUE(commit(kAlarms, 2).ok());
  ASSERT_TRUE(confirm(kSensors, Offset{3}).ok());
  const simulation::DiskCounters before = disk_.counters();

  const auto seen = view();
  const StreamRecord& sensors = seen->catalog().stream(*seen->find("sensors"));
  EXPECT_EQ(sensors.next, Offset{5});
  EXPECT_EQ(owed_from(sensors), Offset{3});
  EXPECT_EQ(seen->catalog().stream(*seen->find("alarms")).next, Offset{2});
  EXPECT_FALSE(seen->find("nothing"));
  const auto read = seen->read(*seen->find("sensors"), Offset{0}, 1 << 20);
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->next, Offset{5});
  EXPECT_TRUE(verified(*seen).sound());

  EXPECT_EQ(disk_.counters().bytes_written, before.bytes_written);
  EXPECT_EQ(disk_.counters().flushes, before.flushes);
  EXPECT_FALSE(seen->file().write_at(0, as_bytes("x")).ok());
  ASSERT_TRUE(commit(kSensors, 1).ok()) << "the log goes on";
}

TEST_F(StoreViewTest, NeedsAPoolWithAManifest) {
  const auto kind_of = [&](const std::string& directory) {
    const auto opened = StoreView::open(directory, disk_);
    return opened.ok() ? ErrorKind::kCancelled : opened.error().kind;
  };
  EXPECT_EQ(kind_of("/elsewhere"), ErrorKind::kNotFound);
  ASSERT_TRUE(disk_.create_directory("/foreign").ok());
  ASSERT_TRUE(disk_.open("/foreign/pool", OpenMode::kCreate).ok());
  EXPECT_EQ(kind_of("/foreign"), ErrorKind::kCorrupt);
  EXPECT_EQ(disk_.list("/foreign").value(), std::vector<std::string>{"pool"}) << "it is not set aside";
}

TEST_F(StoreViewTest, ATornTailIsNoRot) {
  ASSERT_TRUE(commit(kSensors, 3).ok());
  const std::uint32_t end = view()->manifest().slots[0].used;
  auto pool = disk_.open("/store/pool", OpenMode::kReadWrite);
  ASSERT_TRUE((*pool)->write_at(kFirstSlotAt + end, as_bytes("TGF1 and then the power went")).ok());
  const Verification found = verified();
  EXPECT_TRUE(found.sound());
  EXPECT_EQ(found.records, 3U);
}

TEST_F(StoreViewTest, NamesRotByPlaceAndRecords) {
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(commit(kSensors, 2).ok());
  const Verification before = verified();
  EXPECT_EQ(before.records, 8U);
  EXPECT_TRUE(before.sound());

  const std::uint32_t rotten = 2 * 4096;  // the open's own frame is empty: each commit is a page
  disk_.rot("/store/pool", kFirstSlotAt + rotten + 100, 1);
  Verification found = verified();
  EXPECT_FALSE(found.sound());
  ASSERT_EQ(found.rot.size(), 1U);
  EXPECT_EQ(found.rot[0].slot, 0U);
  EXPECT_EQ(found.rot[0].file_position, kFirstSlotAt + rotten);
  EXPECT_EQ(found.rot[0].bytes, 4096U);

  // The manifest of a clean close knows what should lie there; without one it is the records in between.
  ASSERT_TRUE(log_->close().ok());
  found = verified();
  ASSERT_EQ(found.lost.size(), 1U);
  EXPECT_EQ(found.lost[0].stream, "sensors");
  EXPECT_EQ(found.lost[0].from, Offset{4});
  EXPECT_EQ(found.lost[0].to, Offset{6});
  EXPECT_TRUE(found.lost[0].owed);
}

TEST_F(StoreViewTest, RotOfWhatIsDeliveredIsNamedAndNotOwed) {
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(commit(kSensors, 2).ok());
  ASSERT_TRUE(confirm(kSensors, Offset{6}).ok());
  ASSERT_TRUE(log_->close().ok());
  disk_.rot("/store/pool", kFirstSlotAt + 4096 + 100, 1);
  const Verification found = verified();
  ASSERT_EQ(found.lost.size(), 1U);
  EXPECT_FALSE(found.lost[0].owed);
}

TEST_F(StoreViewTest, AManifestThatRotsIsNamed) {
  ASSERT_TRUE(log_->close().ok());
  disk_.rot("/store/pool", kManifestAreaBytes + 70, 1);
  const Verification found = verified();
  ASSERT_EQ(found.bad_areas.size(), 1U);
  EXPECT_EQ(found.bad_areas[0].area, 1U);
  EXPECT_FALSE(found.sound());
}

TEST_F(StoreViewTest, ALargeManifestHasNoSecondCopyAndIsWell) {
  ASSERT_TRUE(commit(kSensors, 1).ok());
  ASSERT_TRUE(log_->close().ok());
  auto pool = disk_.open("/store/pool", OpenMode::kReadWrite);
  ManifestAreas areas;
  auto manifest = areas.load(**pool);
  for (std::uint64_t i = 0; i < kMaxExtents / 32 * 31; ++i)
    manifest->streams[0].extents.put({Offset{(1ULL << 40) + i * (1ULL << 20)}, 1U << 19, 1U << 30, 0});
  ASSERT_EQ(copies_of_manifest(encode_manifest(*manifest).size()), 1U);
  ASSERT_TRUE(areas.write(**pool, *manifest).ok());
  EXPECT_TRUE(verified().bad_areas.empty());
}

TEST_F(StoreViewTest, ASlotThatIsUsedAgainMeanwhileIsNoRot) {
  ASSERT_TRUE(commit(kSensors, 1, 3500).ok());
  fill(kSensors, 1);
  const auto seen = view();
  for (int round = 0; round < 12; ++round) {
    fill(kSensors, 1);
    ASSERT_TRUE(confirm(kSensors, log_->state(kSensors).next).ok());
  }
  const Verification found = verified(*seen);
  EXPECT_GT(found.reused, 0U);
  EXPECT_TRUE(found.sound());
  EXPECT_TRUE(*seen->is_reused(0));
  EXPECT_FALSE(*view()->is_reused(0));
}

TEST_F(StoreViewTest, AFrameThatIsWrittenWhileItIsReadIsNoRotAndNotMissed) {
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(commit(kSensors, 1).ok());
  // The first read of the second page is from before it was written, that of the pages behind it is not.
  test::HastyDisk hasty(disk_, kFirstSlotAt + 4096, 4096);
  const auto seen = StoreView::open("/store", hasty);
  ASSERT_TRUE(seen.ok());
  EXPECT_TRUE(verified(**seen).sound());
  const auto read = (*seen)->read(kSensors, Offset{0}, 1 << 20);
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->sections.size(), 4U);
  EXPECT_TRUE(read->skips.empty());
}

}  // namespace
}  // namespace tidegate::store
