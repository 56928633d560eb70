#include "gateway/store/extents.hpp"

#include <gtest/gtest.h>

namespace tidegate::store {
namespace {

TEST(Extents, NeighboursInOneSlotAreOne) {
  ExtentMap extents;
  extents.put({Offset{0}, 10, 100, 1});
  extents.put({Offset{20}, 10, 100, 1});
  extents.put({Offset{10}, 10, 100, 1});
  ASSERT_EQ(extents.size(), 1U);
  EXPECT_EQ(extents.begin()->second, (Extent{Offset{0}, 30, 300, 1}));
}

TEST(Extents, NeighboursInTwoSlotsAreTwo) {
  ExtentMap extents;
  extents.put({Offset{0}, 10, 100, 1});
  extents.put({Offset{10}, 10, 100, 2});
  EXPECT_EQ(extents.size(), 2U);
}

TEST(Extents, ACopyTakesThePlaceOfWhatItCopied) {
  ExtentMap extents;
  extents.put({Offset{0}, 30, 300, 1});
  extents.put({Offset{10}, 10, 90, 2});
  ASSERT_EQ(extents.size(), 3U);
  EXPECT_EQ(extents.at_or_after(Offset{5})->end(), Offset{10});
  EXPECT_EQ(extents.at_or_after(Offset{15})->slot, 2U);
  EXPECT_EQ(*extents.at_or_after(Offset{25}), (Extent{Offset{20}, 10, 100, 1}));
  EXPECT_EQ(extents.bytes_from(Offset{0}), 290U);
}

TEST(Extents, ErasingUpToTheOpenEndCutsTheLast) {
  ExtentMap extents;
  extents.put({Offset{0}, 30, 300, 1});
  extents.erase(Offset{10}, kOpenEnd);
  EXPECT_EQ(extents.bytes_from(Offset{0}), 100U);
  EXPECT_FALSE(extents.at_or_after(Offset{10}));
}

TEST(Extents, BytesFromTheMiddleAreShared) {
  ExtentMap extents;
  extents.put({Offset{0}, 10, 100, 1});
  extents.put({Offset{10}, 10, 200, 2});
  EXPECT_EQ(extents.bytes_from(Offset{5}), 250U);
  EXPECT_EQ(extents.bytes_from(Offset{15}), 100U);
  EXPECT_EQ(extents.bytes_from(Offset{20}), 0U);
}

TEST(Extents, KeepingTheNewestGivesUpNoMoreThanNeeded) {
  ExtentMap extents;
  extents.put({Offset{0}, 10, 100, 1});
  extents.put({Offset{10}, 10, 200, 2});
  EXPECT_EQ(extents.keep_newest(1000, Offset{20}), Offset{0});
  EXPECT_EQ(extents.keep_newest(250, Offset{20}), Offset{5});
  EXPECT_EQ(extents.keep_newest(100, Offset{20}), Offset{15});
  EXPECT_EQ(extents.keep_newest(0, Offset{20}), Offset{20});
}

}  // namespace
}  // namespace tidegate::store
