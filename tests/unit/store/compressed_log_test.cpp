// A log whose frames are compressed, by everything that reads one.

#include <gmock/gmock.h>

#include "gateway/store/manifest_areas.hpp"
#include "gateway/store/repair.hpp"
#include "tests/unit/store/frames.hpp"
#include "tests/unit/store/log_bench.hpp"

namespace tidegate::store {
namespace {

using test::kSensors;
using testing::ElementsAre;

/// A log that compresses.
class CompressedLog : public test::LogBench {
 protected:
  CompressedLog() {
    options_.compression = Compression::kZstd;
    open();
  }
  Result<void> commit_much() { return commit(kSensors, 60, 200); }
};

TEST_F(CompressedLog, WritesOnePageWhereItWouldHaveWrittenFour) {
  const Counter& device_bytes = metrics_.counter("tidegate_store_device_bytes_total", "");
  const std::uint64_t before = device_bytes.value();
  ASSERT_TRUE(commit_much().ok());
  EXPECT_EQ(device_bytes.value() - before, 4096U);
  EXPECT_GT(metrics_.counter("tidegate_store_payload_bytes_total", "").value(), 3U * 4096);
}

TEST_F(CompressedLog, NamesAFrameThatPassesItsCheckAndIsNoZstdCorruptAndSetsItAside) {
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(commit_much().ok());
  ASSERT_TRUE(log_->close().ok());
  log_.reset();
  auto pool = std::move(disk_.open("/store/pool", OpenMode::kReadWrite)).value();
  const FramePlace place{ManifestAreas().load(*pool)->slots[0].salt, kFirstSlotAt + 4096};
  Buffer frame(4096);
  ASSERT_TRUE(pool->read_at(place.file_position, frame).ok());
  frame[kFrameHeaderBytes] ^= std::byte{1};
  ASSERT_TRUE(pool->write_at(place.file_position, test::sealed(std::move(frame), place)).ok());
  open();
  const ReadResult read = this->read(kSensors, Offset{0});
  ASSERT_EQ(read.skips.size(), 1U);
  EXPECT_EQ(read.skips[0].from, Offset{60});
  EXPECT_EQ(read.skips[0].to, Offset{120});
  EXPECT_EQ(read.skips[0].reason, SkipReason::kCorrupt);
  EXPECT_THAT(*disk_.list("/store/quarantine"), ElementsAre("rot-" + std::to_string(place.file_position)));
}

TEST_F(CompressedLog, IsVerifiedCopiedForwardRepairedAndMadeOfItsFramesAgain) {
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(commit_much().ok());
  EXPECT_EQ(verify(**StoreView::open("/store", disk_))->records, 240U);
  log_.reset();
  disk_.rot("/store/pool", kFirstSlotAt + 100, 1);  // the first frame
  const RepairOptions repair{"/store", {test::kSlotBytes, 4096}, {"sensors", "alarms"}};
  ASSERT_TRUE(carry_out(*plan_repair(repair, disk_, random_), repair, disk_, random_, events_).ok());
  EXPECT_EQ(verify(**StoreView::open("/store", disk_))->records, 180U);

  open();
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(commit_much().ok());
  log_.reset();
  disk_.rot("/store/pool", 0, kFirstSlotAt);
  ASSERT_TRUE(carry_out(*plan_repair(repair, disk_, random_), repair, disk_, random_, events_).ok());
  open();
  EXPECT_EQ(numbers(kSensors, Offset{60}).size(), 300U);
  EXPECT_TRUE(log_->notices().empty()) << "the frames say that it was of a format that compresses";
}

// A slot may owe more than its size, before compression: who has compression turned off must still find room for all.
TEST_F(CompressedLog, GoesOnWithoutCompression) {
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(commit_much().ok());
  const auto before = numbers(kSensors, log_->state(kSensors).first);
  options_.compression = Compression::kNone;
  open();
  EXPECT_EQ(numbers(kSensors, log_->state(kSensors).first), before);
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(commit_much().ok());
    ASSERT_TRUE(commit(test::kAlarms, 1).ok());
    ASSERT_TRUE(confirm(test::kAlarms, log_->state(test::kAlarms).next).ok());
  }
  EXPECT_EQ(numbers(kSensors, log_->state(kSensors).first).back() + 1, log_->state(kSensors).next.value);
}

}  // namespace
}  // namespace tidegate::store
