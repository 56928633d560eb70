#include "tests/blockdev/medium.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace tidegate::blockdev {
namespace {

constexpr std::size_t kPage = 4096;
constexpr std::size_t kDeviceBytes = 8 * kPage;
constexpr std::uint64_t kSeeds = 50;

Buffer pages(std::size_t count, char letter) { return Buffer(count * kPage, static_cast<std::byte>(letter)); }

/// A device of dots, with what says where an ext4 has its first inodes.
constexpr std::size_t kInodes = 6;
Buffer device() {
  Buffer content = pages(8, '.');
  content[kPage + 8] = std::byte{kInodes};
  for (std::size_t i = 9; i < 12; ++i) content[kPage + i] = std::byte{0};
  return content;
}

Record record_of(const std::vector<Event>& events) {
  Buffer bytes;
  for (const Event& event : events) encode(event, bytes);
  return *Record::parse(std::move(bytes));
}

/// Everything that a cut at the record's end leaves of page `page`, over many seeds: a letter for a page that is the
/// same all over, '?' for any other.
std::set<char> left_of(std::size_t page, const Record& record, Damage damage, Lie lie = Lie::kNone) {
  Medium medium(device(), record, lie);
  medium.advance(record.events().size());
  std::set<char> found;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    simulation::SeededRandom random(seed);
    Buffer image(kDeviceBytes);
    medium.crash(damage, random, image);
    const auto begin = image.begin() + static_cast<std::ptrdiff_t>(page * kPage);
    const bool same = std::all_of(begin, begin + kPage, [&](std::byte byte) { return byte == *begin; });
    found.insert(same ? static_cast<char>(*begin) : '?');
  }
  return found;
}

using Letters = std::set<char>;

TEST(Medium, HoldsWhatAFlushHasCoveredWhateverTheDamage) {
  const Buffer data = pages(1, 'a');
  const Buffer later = pages(1, 'b');
  const Record record = record_of({write_event(2 * kPage, data), flush_event(), write_event(3 * kPage, later)});
  for (const Damage damage : kDamages) EXPECT_EQ(left_of(2, record, damage), Letters{'a'}) << to_string(damage);
}

TEST(Medium, MayLackWhatNoFlushHasCovered) {
  const Buffer data = pages(1, 'a');
  const Record record = record_of({flush_event(), write_event(2 * kPage, data)});
  EXPECT_EQ(left_of(2, record, Damage::kNone), Letters{'.'});
  EXPECT_EQ(left_of(2, record, Damage::kPrefix), Letters{'a'});
  EXPECT_EQ(left_of(2, record, Damage::kSubset), (Letters{'a', '.'}));
  EXPECT_TRUE(left_of(2, record, Damage::kTorn).contains('?'));
  EXPECT_EQ(left_of(2, record, Damage::kDestroyed), Letters{'?'});
  EXPECT_EQ(left_of(3, record, Damage::kDestroyed), Letters{'.'}) << "the page beside it";
}

TEST(Medium, MayKeepALaterWriteWithoutAnEarlierOne) {
  const Buffer data = pages(1, 'a');
  const Record record = record_of({write_event(2 * kPage, data), write_event(3 * kPage, data)});
  Medium medium(device(), record, Lie::kNone);
  medium.advance(2);
  bool seen = false;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    simulation::SeededRandom random(seed);
    Buffer image(kDeviceBytes);
    medium.crash(Damage::kSubset, random, image);
    seen = seen || (image[2 * kPage] == std::byte{'.'} && image[3 * kPage] == std::byte{'a'});
  }
  EXPECT_TRUE(seen);
}

TEST(Medium, KeepsWholeWhatIsReadBeforeTheJournal) {
  const Buffer data = pages(1, 'a');
  for (const std::size_t page : {std::size_t{0}, std::size_t{1}, kInodes})
    EXPECT_TRUE(left_of(page, record_of({write_event(page * kPage, data)}), Damage::kDestroyed).contains('a')) << page;
  Buffer journal = pages(1, '\0');
  const Bytes magic = as_bytes(std::string_view("\xC0\x3B\x39\x98\0\0\0\4", 8));
  std::copy(magic.begin(), magic.end(), journal.begin());
  EXPECT_TRUE(left_of(5, record_of({write_event(5 * kPage, journal)}), Damage::kDestroyed).contains('.'));
}

TEST(Medium, CountsWhatWasAcknowledgedUpToThePlace) {
  const Record record = record_of({flush_event(), acknowledged_event({1, 0}), mark_event("later"), flush_event(),
                                   acknowledged_event({1, 1}), flush_event()});
  Medium medium(device(), record, Lie::kNone);
  medium.advance(2);
  EXPECT_EQ(medium.acknowledged(), (std::vector<std::uint64_t>{0, 1}));
  EXPECT_EQ(medium.phase(), "begin");
  medium.advance(4);
  EXPECT_EQ(medium.acknowledged(), (std::vector<std::uint64_t>{0, 1}));
  EXPECT_EQ(medium.phase(), "later");
  medium.advance(5);
  EXPECT_EQ(medium.acknowledged(), (std::vector<std::uint64_t>{0, 2}));
}

TEST(Medium, CanBeThatOfALiar) {
  const Buffer data = pages(1, 'a');
  const Record record =
      record_of({write_event(2 * kPage, data), flush_event(), acknowledged_event({0, 0}), flush_event()});
  EXPECT_EQ(left_of(2, record, Damage::kSubset, Lie::kFlushes), (Letters{'a', '.'}));
  Medium early(device(), record, Lie::kAcknowledgements);
  early.advance(1);
  EXPECT_EQ(early.acknowledged(), std::vector<std::uint64_t>{1}) << "before the flush that it waited for";
}

TEST(Places, LieBetweenAWriteAndItsFlushMostly) {
  const Buffer data = pages(1, 'a');
  const Record record = record_of({mark_event("load"), write_event(0, data), acknowledged_event({0, 0}), flush_event(),
                                   acknowledged_event({0, 1}), acknowledged_event({0, 2})});
  const Places places(record);
  std::size_t between = 0;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    simulation::SeededRandom random(seed);
    const std::size_t place = places.draw(random);
    EXPECT_LE(place, record.events().size());
    if (place == 2 || place == 3) ++between;
  }
  EXPECT_GT(between, kSeeds / 4);
}

TEST(Record, ThatEndsInsideAnEventIsCorrupt) {
  Buffer bytes;
  encode(mark_event("load"), bytes);
  bytes.pop_back();
  EXPECT_EQ(Record::parse(bytes).error().kind, ErrorKind::kCorrupt);
}

}  // namespace
}  // namespace tidegate::blockdev
