#include "tests/simulation/promises.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/store/format.hpp"
#include "tests/simulation/sample.hpp"

namespace tidegate::simulation {
namespace {

using store::SkipReason;
using ::testing::HasSubstr;
using ::testing::Optional;

constexpr std::uint64_t kPayload = 50;
const Incarnation kFirstLife{.bytes = {std::byte{1}}};
const Incarnation kSecondLife{.bytes = {std::byte{2}}};

/// A stream of ten acknowledged records, numbered as their offsets, of which its upstream has confirmed four.
class StreamPromisesTest : public ::testing::Test {
 protected:
  explicit StreamPromisesTest(store::WhenFull when_full = store::WhenFull::kDropOldest)
      : promises_(stream(when_full), kPayload) {
    EXPECT_EQ(settle(state(0, 0)), std::nullopt);
    for (std::uint64_t number = 0; number < 10; ++number) promises_.ask_record(number, {});
    promises_.acknowledge_records();
    promises_.ask_position("cloud", {4});
    promises_.acknowledge_commit();
  }

  static store::StreamOptions stream(store::WhenFull when_full) {
    return {.name = "s", .quota_bytes = 1000, .when_full = when_full, .upstreams = {"cloud"}};
  }

  static store::StreamState state(std::uint64_t next, std::uint64_t position) {
    store::StreamState shown;
    shown.next = {next};
    shown.incarnations = {{kFirstLife, {0}}};
    if (next > 0) shown.incarnations.push_back({kSecondLife, {next}});
    shown.cursors = {{.stream = {}, .upstream = "cloud", .lane = {}, .position = {position}}};
    return shown;
  }

  static store::Section section(std::uint64_t first, std::vector<std::uint64_t> numbers) {
    store::RecordWriter writer{BootId{}};
    for (const std::uint64_t number : numbers) writer.add(Sample(number, kPayload).message());
    const std::uint32_t count = writer.count();
    return {{}, {first}, count, writer.take()};
  }

  Violation settle(const store::StreamState& shown) {
    std::optional<bool> wholly;
    return promises_.settle(shown, wholly);
  }

  Violation read(std::uint64_t from, std::vector<store::Section> sections, std::vector<store::Skip> skips,
                 std::uint64_t next) {
    return promises_.check_read({from}, {std::move(sections), std::move(skips), {next}, {}});
  }

  StreamPromises promises_;
};

class RefusingStreamTest : public StreamPromisesTest {
 protected:
  RefusingStreamTest() : StreamPromisesTest(store::WhenFull::kRefuse) {}
};

TEST_F(StreamPromisesTest, HoldAfterAnOpenThatShowsWhatWasAcknowledged) {
  EXPECT_EQ(settle(state(10, 4)), std::nullopt);
  EXPECT_EQ(read(4, {section(4, {4, 5, 6, 7, 8, 9})}, {}, 10), std::nullopt);
}

TEST_F(StreamPromisesTest, NoticeLostRecords) { EXPECT_THAT(settle(state(9, 4)), Optional(HasSubstr("lost"))); }

TEST_F(StreamPromisesTest, NoticeInventedRecords) {
  EXPECT_THAT(settle(state(11, 4)), Optional(HasSubstr("invented")));
}

TEST_F(StreamPromisesTest, AllowWhatWasAskedForWhollyOrNotAtAll) {
  promises_.ask_record(10, {});
  promises_.ask_record(11, {});
  StreamPromises other = promises_;
  EXPECT_EQ(settle(state(12, 4)), std::nullopt);
  promises_ = other;
  EXPECT_EQ(settle(state(10, 4)), std::nullopt);
  promises_ = other;
  EXPECT_THAT(settle(state(11, 4)), Optional(HasSubstr("part of a section")));
}

TEST_F(StreamPromisesTest, NoticeABatchThatIsThereForOneStreamOnly) {
  promises_.ask_record(10, {});
  StreamPromises other = promises_;
  std::optional<bool> wholly;
  EXPECT_EQ(promises_.settle(state(11, 4), wholly), std::nullopt);
  EXPECT_THAT(other.settle(state(10, 4), wholly), Optional(HasSubstr("part of a batch")));
}

TEST_F(StreamPromisesTest, NoticeACursorThatWentBackOrTooFar) {
  promises_.ask_position("cloud", {6});
  StreamPromises other = promises_;
  EXPECT_THAT(settle(state(10, 3)), Optional(HasSubstr("went back")));
  promises_ = other;
  EXPECT_THAT(settle(state(10, 7)), Optional(HasSubstr("beyond")));
  promises_ = other;
  EXPECT_EQ(settle(state(10, 6)), std::nullopt);
}

TEST_F(StreamPromisesTest, NoticeAnotherIncarnation) {
  store::StreamState shown = state(10, 4);
  shown.incarnations = {{kFirstLife, {0}}, {kSecondLife, {8}}};
  EXPECT_THAT(settle(shown), Optional(HasSubstr("another incarnation at 8")));
  shown.incarnations = {{kFirstLife, {0}}, {kSecondLife, {10}}};
  EXPECT_EQ(settle(shown), std::nullopt);
}

TEST_F(StreamPromisesTest, NoticeTheIncarnationOfAnEarlierStart) {
  store::StreamState shown = state(10, 4);
  shown.incarnations = {{kFirstLife, {0}}};
  EXPECT_THAT(settle(shown), Optional(HasSubstr("earlier start")));
}

TEST_F(StreamPromisesTest, NoticeAHoleAnOverlapAndAWrongEnd) {
  EXPECT_THAT(read(4, {section(4, {4}), section(6, {6})}, {}, 7), Optional(HasSubstr("a hole [5, 6)")));
  EXPECT_THAT(read(4, {section(4, {4, 5}), section(5, {5})}, {}, 6), Optional(HasSubstr("an overlap")));
  EXPECT_THAT(read(4, {section(4, {4})}, {}, 6), Optional(HasSubstr("instead of 5")));
  EXPECT_THAT(read(4, {}, {}, 4), Optional(HasSubstr("nothing read")));
}

TEST_F(StreamPromisesTest, NoticeOtherRecordsThanThoseStored) {
  EXPECT_THAT(read(4, {section(4, {4, 7})}, {}, 6), Optional(HasSubstr("another record at 5")));
  EXPECT_THAT(read(9, {section(9, {9, 10})}, {}, 11), Optional(HasSubstr("not acknowledged")));
}

TEST_F(StreamPromisesTest, AllowOnlyEvictionForWhatIsOwed) {
  EXPECT_EQ(read(0, {}, {{{0}, {4}, SkipReason::kElsewhere}}, 4), std::nullopt);
  EXPECT_EQ(read(2, {}, {{{2}, {10}, SkipReason::kEvicted}}, 10), std::nullopt);
  EXPECT_THAT(read(2, {}, {{{2}, {5}, SkipReason::kCorrupt}}, 5), Optional(HasSubstr("owed from 4")));
  promises_.allow_eviction(false);
  EXPECT_THAT(read(2, {}, {{{2}, {10}, SkipReason::kEvicted}}, 10), Optional(HasSubstr("there was room")));
}

TEST_F(StreamPromisesTest, NoticeWhatWasDroppedAndIsBack) {
  promises_.ask_drop({6});
  promises_.acknowledge_drop();
  store::StreamState shown = state(10, 4);
  shown.owed = {5};
  EXPECT_THAT(promises_.check_state(shown), Optional(HasSubstr("dropped records owed: [5, 6)")));
  EXPECT_THAT(settle(shown), Optional(HasSubstr("dropped records owed again: [5, 6)")));
  EXPECT_THAT(read(5, {section(5, {5})}, {}, 6), Optional(HasSubstr("are back")));
  EXPECT_EQ(read(6, {section(6, {6})}, {}, 7), std::nullopt);
  EXPECT_EQ(read(3, {section(3, {3})}, {}, 4), std::nullopt) << "delivered before";
}

TEST_F(RefusingStreamTest, AllowsWhatIsTooOldToGoAndNoMore) {
  promises_.ask_drop({6});
  EXPECT_EQ(read(4, {}, {{{4}, {6}, SkipReason::kEvicted}}, 6), std::nullopt);
  EXPECT_THAT(read(4, {}, {{{4}, {7}, SkipReason::kEvicted}}, 7), Optional(HasSubstr("refuses")));
}

TEST_F(RefusingStreamTest, NoticesEviction) {
  EXPECT_THAT(read(4, {}, {{{4}, {5}, SkipReason::kEvicted}}, 5), Optional(HasSubstr("refuses")));
}

}  // namespace
}  // namespace tidegate::simulation
