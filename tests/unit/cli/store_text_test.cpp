#include "gateway/programs/tidegate/store_text.hpp"

#include <gmock/gmock.h>

namespace tidegate::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(StoreText, AVerificationNamesEachFault) {
  store::Verification found{.slots = 2, .frames = 1'204, .records = 9'000, .bad_areas = {}, .rot = {}, .lost = {}};
  EXPECT_EQ(verification_text(found), "2 slots, 1,204 frames and 9,000 records were read: all is well\n");
  found.bad_areas = {{1, "check sum"}};
  found.rot = {{3, 5'000'000, 4'096}};
  found.lost = {{"sensors", {4}, {6}, 3, true}, {"sensors", {0}, {1}, 3, false}};
  found.reused = 1;
  EXPECT_EQ(verification_text(found),
            "manifest area 1: check sum; rot, or a power cut while it was written\n"
            "rot: 4,096 bytes at 5,000,000 of the pool, in slot 3, do not pass their check\n"
            "lost: stream sensors, 4 up to 6 (2 records) of slot 3: owed to an upstream, which is told that they are "
            "corrupt\n"
            "lost: stream sensors, 0 up to 1 (1 record) of slot 3: every upstream has them\n"
            "2 slots, 1,204 frames and 9,000 records were read: not all is well\n"
            "1 slot of them the gateway began to use again meanwhile\n");
}

TEST(StoreText, ARepairSaysWhatItWouldDo) {
  store::RepairPlan plan;
  EXPECT_THAT(repair_text(plan), HasSubstr("nothing is to be repaired\n"));
  plan.found.rot = {{3, 5'000'000, 4'096}};
  plan.rotten_slots = {3};
  EXPECT_THAT(repair_text(plan), HasSubstr("a repair empties 1 slot: "));
  plan = {};
  plan.no_manifest = "no manifest";
  EXPECT_THAT(repair_text(plan), HasSubstr("a repair sets the pool aside"));
}

// A topic comes from whoever publishes: it must not clear the owner's screen.
TEST(StoreText, ControlCharactersDoNotReachTheTerminal) {
  store::RepairPlan plan;
  plan.no_manifest = "no manifest";
  plan.rebuilt.emplace();
  plan.rebuilt->manifest.streams.emplace_back();
  plan.rebuilt->topics[store::StreamId{0}] = "x\x1b[2J\n";
  EXPECT_THAT(repair_text(plan), HasSubstr("a message is on topic x?[2J?\n"));
  EXPECT_THAT(repair_text(plan), Not(HasSubstr("\x1b")));
}

}  // namespace
}  // namespace tidegate::cli
