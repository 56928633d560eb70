#include "gateway/store/stored_records.hpp"

#include "gateway/store/manifest.hpp"
#include "tests/unit/store/log_bench.hpp"

namespace tidegate::store {
namespace {

using test::kAlarms;
using test::kSensors;

/// What a call of each_record told.
struct Told {
  std::vector<std::uint64_t> offsets;
  std::vector<std::uint64_t> rotten;
  std::vector<Incarnation> names;
};

class StoredRecordsTest : public test::LogBench {
 protected:
  Told tell(
      const std::string& stream, bool all, const std::function<void()>& after_each = [] {}) {
    Told told;
    const RecordListener listener{[&](const StoredRecord& stored) {
                                    const auto payload = std::string(as_text(stored.record.message.payload));
                                    EXPECT_EQ(std::stoull(payload), stored.record.offset.value);
                                    told.offsets.push_back(stored.record.offset.value);
                                    told.names.push_back(stored.incarnation);
                                    after_each();
                                  },
                                  [&](Offset from, Offset to) {
                                    for (; from < to; from = from + 1) told.rotten.push_back(from.value);
                                  }};
    const auto done = each_record("/store", disk_, stream, all, listener);
    EXPECT_TRUE(done.ok()) << done.error().message;
    return told;
  }

  /// For more than each_record reads at once.
  void make_room() {
    options_.pool_bytes = 14 * test::kSlotBytes;
    for (StreamOptions& stream : options_.streams) stream.quota_bytes = 7 * test::kSlotBytes;
    open();
  }

  /// Everything of the sensors is delivered, and written over with more.
  void use_slots_again() {
    for (int round = 0; round < 30; ++round) {
      ASSERT_TRUE(confirm(kSensors, log_->state(kSensors).next).ok());
      fill(kSensors, 1);
    }
  }

  static std::vector<std::uint64_t> range(std::uint64_t from, std::uint64_t to) {
    std::vector<std::uint64_t> numbers;
    for (; from < to; ++from) numbers.push_back(from);
    return numbers;
  }
};

TEST_F(StoredRecordsTest, WhatIsOwedOrWhatLiesThere) {
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(commit(kSensors, 4).ok());
  ASSERT_TRUE(commit(kAlarms, 2).ok());
  ASSERT_TRUE(confirm(kSensors, Offset{5}).ok());
  EXPECT_EQ(tell("sensors", false).offsets, range(5, 12));
  EXPECT_EQ(tell("sensors", true).offsets, range(0, 12));
  EXPECT_EQ(tell("alarms", false).offsets, range(0, 2));
  EXPECT_EQ(each_record("/store", disk_, "nothing", true, {}).error().kind, ErrorKind::kNotFound);
}

TEST_F(StoredRecordsTest, EachHasTheNameUnderWhichItIsDelivered) {
  ASSERT_TRUE(commit(kSensors, 2).ok());
  const Incarnation first = log_->state(kSensors).incarnations.back().incarnation;
  open();
  ASSERT_TRUE(commit(kSensors, 2).ok());
  const Incarnation second = log_->state(kSensors).incarnations.back().incarnation;
  EXPECT_EQ(tell("sensors", true).names, (std::vector{first, first, second, second}));
  const auto renamed = log_->begin_incarnation(kSensors, Offset{1});
  ASSERT_TRUE(renamed.ok());
  EXPECT_EQ(tell("sensors", true).names, (std::vector{first, *renamed, *renamed, *renamed}));
}

TEST_F(StoredRecordsTest, ANameThatTheStoreHasForgottenIsThatOfTheFrame) {
  ASSERT_TRUE(commit(kSensors, 1).ok());
  const Incarnation first = log_->state(kSensors).incarnations.back().incarnation;
  for (int starts = 0; starts < 10; ++starts) {
    ASSERT_TRUE(confirm(kSensors, log_->state(kSensors).next).ok());
    open();
    ASSERT_TRUE(commit(kSensors, 1).ok());
  }
  ASSERT_GT(log_->state(kSensors).incarnations.front().first, Offset{0}) << "or the test shows nothing";
  const Told told = tell("sensors", true);
  EXPECT_EQ(told.offsets, range(0, 11));
  EXPECT_EQ(told.names.front(), first);
}

TEST_F(StoredRecordsTest, RotIsNamedAndTheRestGoesOn) {
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(commit(kSensors, 2).ok());
  ASSERT_TRUE(log_->close().ok());
  disk_.rot("/store/pool", kFirstSlotAt + 4096 + 100, 1);
  const Told told = tell("sensors", false);
  EXPECT_EQ(told.offsets, (std::vector<std::uint64_t>{0, 1, 4, 5, 6, 7}));
  EXPECT_EQ(told.rotten, range(2, 4));
}

// An upstream takes what is told while it is told, and the gateway uses the slots again.
TEST_F(StoredRecordsTest, WhatIsDeliveredMeanwhileIsLeftOutWithoutAWord) {
  make_room();
  fill(kSensors, 6);
  const std::uint64_t owed = log_->state(kSensors).next.value;
  bool first = true;
  const Told told = tell("sensors", false, [&] {
    if (std::exchange(first, false)) use_slots_again();
  });
  EXPECT_EQ(told.rotten, std::vector<std::uint64_t>{});
  EXPECT_EQ(told.offsets.front(), 0U);
  EXPECT_LT(told.offsets.size(), owed) << "or the test shows nothing";
}

// Alarms are owed all the time, and copied forward as the slots around them are used again.
TEST_F(StoredRecordsTest, WhatIsCopiedForwardMeanwhileIsFound) {
  make_room();
  for (int i = 0; i < 12; ++i) {
    ASSERT_TRUE(commit(kAlarms, 1, 25'000).ok());
    fill(kSensors, 1);
    ASSERT_TRUE(confirm(kSensors, log_->state(kSensors).next).ok());
  }
  const std::uint64_t copied_before = metrics_.counter("tidegate_store_relocated_bytes_total", "").value();
  int told_so_far = 0;
  const Told told = tell("alarms", false, [&] {
    if (++told_so_far % 4 == 0) use_slots_again();
  });
  EXPECT_EQ(told.offsets, range(0, 12));
  EXPECT_EQ(told.rotten, std::vector<std::uint64_t>{});
  EXPECT_GT(metrics_.counter("tidegate_store_relocated_bytes_total", "").value(), copied_before);
}

}  // namespace
}  // namespace tidegate::store
