// What is delivered and kept: for how long, by a clock that the test moves.

#include "gateway/store/keeper.hpp"

#include <gtest/gtest.h>

#include "tests/unit/support/open_store.hpp"

namespace tidegate::store {
namespace {

using std::chrono::hours;
using test::kSensors;
using test::message;

class KeeperTest : public testing::Test, protected test::StoreBench {
 protected:
  KeeperTest() {
    StoreOptions wanted = options();
    wanted.cursor_delay = {};  // the disk thread's wait is of real time
    wanted.cache_bytes = 0;
    wanted.log.streams[0].keep = hours(32);
    open(wanted);
    keeper_.emplace(*store, clock);
  }

  /// A slot's worth of messages, delivered.
  void deliver_a_slot() {
    const std::string payload(3500, 'x');
    Ticket last;
    for (int i = 0; i < 16; ++i) {
      last = store->append(kSensors, message("t", payload), Urgency::kAtOnce).value();
      store->submit();
      turns.run_until([&] { return store->durable() >= last; });
    }
    store->advance(kSensors, "cloud", Lane{}, store->state(kSensors).next);
    turns.run_until([&] { return store->state(kSensors).owed == store->state(kSensors).next; });
  }
  Offset oldest() { return store->state(kSensors).first; }

  std::optional<Keeper> keeper_;
};

TEST_F(KeeperTest, WhatIsKeptStaysWhileThePoolMayGrow) {
  for (int slot = 0; slot < 10; ++slot) {
    deliver_a_slot();
    clock.pass(hours(1));
    keeper_->look();
  }
  EXPECT_EQ(oldest(), Offset{0});
}

TEST_F(KeeperTest, WhatHasBeenKeptForLongEnoughGoesBeforeThePoolGrows) {
  for (int slot = 0; slot < 3; ++slot) deliver_a_slot();
  keeper_->look();
  clock.pass(hours(32));
  keeper_->look();
  for (int slot = 0; slot < 8; ++slot) deliver_a_slot();
  EXPECT_GE(oldest(), Offset{16});
  EXPECT_LE(oldest(), Offset{48}) << "no more than needed";
}

TEST_F(KeeperTest, WhatIsKeptGoesWhenThePoolIsFull) {
  for (int slot = 0; slot < 40; ++slot) deliver_a_slot();
  EXPECT_GT(oldest(), Offset{std::uint64_t{16} * 20});
  EXPECT_EQ(
      metrics.counter("tidegate_store_dropped_records_total", "", {{"reason", "disk_full"}, {"stream", "sensors"}})
          .value(),
      0U);
}

}  // namespace
}  // namespace tidegate::store
