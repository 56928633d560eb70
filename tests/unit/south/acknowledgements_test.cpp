#include "gateway/south/mqtt_server/acknowledgements.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tidegate::south {
namespace {

std::vector<std::uint16_t> leaving(Acknowledgements& owed, std::uint64_t durable) {
  std::vector<std::uint16_t> ids;
  while (const auto next = owed.next({durable})) ids.push_back(next->packet_id);
  return ids;
}

TEST(Acknowledgements, OneLeavesWhenItsTicketIsDurable) {
  Acknowledgements owed;
  owed.owe({{5}, {}, 1});
  EXPECT_THAT(leaving(owed, 4), testing::IsEmpty());
  EXPECT_THAT(leaving(owed, 5), testing::ElementsAre(1));
  EXPECT_TRUE(owed.empty());
}

TEST(Acknowledgements, LeaveInOrderOfReceiptEvenIfALaterOneNeedsNoWait) {
  Acknowledgements owed;
  owed.owe({{5}, {}, 1});
  owed.owe({{0}, {}, 2});
  owed.owe({{9}, {}, 3});
  EXPECT_THAT(leaving(owed, 4), testing::IsEmpty());
  EXPECT_THAT(leaving(owed, 5), testing::ElementsAre(1, 2));
  EXPECT_THAT(leaving(owed, 9), testing::ElementsAre(3));
}

TEST(Acknowledgements, AreUsableAgainAfterABurst) {
  Acknowledgements owed;
  for (std::uint16_t id = 1; id <= 1000; ++id) owed.owe({{id}, {}, id});
  EXPECT_EQ(leaving(owed, 1000).size(), 1000U);
  owed.owe({{1001}, {}, 7});
  EXPECT_THAT(leaving(owed, 1001), testing::ElementsAre(7));
}

}  // namespace
}  // namespace tidegate::south
