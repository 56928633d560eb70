#include <sys/resource.h>
#include <csignal>

#include "gateway/programs/collector/sqlite.hpp"
#include "tests/system/grpc/loopback.hpp"

namespace tidegate {
namespace {

class DeliveryTest : public LoopbackTest {};

TEST_F(DeliveryTest, a_backlog_and_what_comes_after_it_arrive_once_and_in_order) {
  add(2000);
  start_collector();
  connect();
  add(500);
  ASSERT_TRUE(delivered(2500)) << state();
  add(1);
  ASSERT_TRUE(delivered(2501)) << state();
  expect_held_exactly(2501);
  EXPECT_EQ(state(), "connected");
  EXPECT_EQ(metrics.counter("tidegate_upstream_acknowledged_records_total", "", {{"upstream", "cloud"}}).value(),
            2501U);
}

TEST_F(DeliveryTest, a_collector_that_goes_away_and_comes_back_has_everything_once) {
  start_collector();
  connect(400);
  for (int round = 0; round < 5; ++round) {
    add(1000);
    ASSERT_TRUE(wait_until([this, round] { return cursor() > 1000U * static_cast<unsigned>(round); })) << state();
    stop_collector();
    start_collector();
  }
  ASSERT_TRUE(delivered(5000)) << state();
  expect_held_exactly(5000);
}

TEST_F(DeliveryTest, a_gateway_that_starts_again_goes_on_where_the_collector_is) {
  start_collector();
  add(300);
  connect();
  ASSERT_TRUE(delivered(300)) << state();
  disconnect();
  // Its cursor was not yet durable when the power went.
  source.streams[0].cursor = Offset{100};
  add(50);
  connect();
  ASSERT_TRUE(delivered(350)) << state();
  expect_held_exactly(350);
  EXPECT_EQ(database->lanes()->front().redelivered, 0U);
}

TEST_F(DeliveryTest, a_second_stream_of_one_gateway_ends_the_first) {
  start_collector();
  add(10);
  connect();
  ASSERT_TRUE(delivered(10)) << state();
  const auto reconnects = [this] {
    return metrics.counter("tidegate_upstream_reconnects_total", "", {{"upstream", "cloud"}}).value();
  };
  north::GrpcOptions same = options;
  same.name = "second";
  auto second = north::make_grpc_upstream(same, reactor.executor(), reactor.timer(), random, events, metrics);
  reactor.on([&] { return second->start(*route), true; });
  EXPECT_TRUE(wait_until([&] { return reconnects() > 0; }));
  reactor.on([&] { return second->close(), true; });
  ASSERT_TRUE(wait_until([&] { return state() == "connected"; })) << state();
}

TEST_F(DeliveryTest, a_record_that_no_batch_can_carry_is_named_and_the_rest_arrives) {
  start_collector();
  add(3);
  source.streams[0].records[1].first.assign(5 << 20, 'x');
  connect(100);
  ASSERT_TRUE(delivered(3)) << state();
  EXPECT_EQ(*database->count(std::nullopt), 2U);
  const auto lanes = database->lanes();
  ASSERT_EQ(lanes->front().skips.size(), 1U);
  EXPECT_EQ(lanes->front().skips.front().from, 1U);
  EXPECT_EQ(lanes->front().skips.front().to, 2U);
  EXPECT_EQ(metrics.counter("tidegate_route_rejected_records_total", "", {{"upstream", "cloud"}}).value(), 1U);
}

TEST_F(DeliveryTest, a_collector_whose_disk_is_full_acknowledges_nothing_until_it_is_not) {
  start_collector();
  add(10);
  connect();
  ASSERT_TRUE(delivered(10)) << state();
  // A limit on the size of files fails the database's writes as a full disk does.
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit unlimited{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &unlimited), 0);
  const rlimit full{1, unlimited.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &full), 0);
  add(200);
  const bool refused = wait_until([this] { return state().find("the collector's database") != std::string::npos; });
  const std::uint64_t acknowledged = cursor();
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &unlimited), 0);
  EXPECT_TRUE(refused);
  EXPECT_EQ(acknowledged, 10U);
  ASSERT_TRUE(delivered(210)) << state();
  expect_held_exactly(210);
}

TEST_F(DeliveryTest, a_database_from_before_there_were_anchors_is_read_as_it_is_and_takes_them_once_it_is_served) {
  const std::string path = (directory / "c.db").string();
  const std::string boot(16, 'b');
  start_collector();
  stop_collector();
  {
    auto before = collector::Sqlite::open(path, false);
    ASSERT_TRUE(before->run("DROP TABLE anchors; PRAGMA user_version = 1").ok());
    collector::Statement row(*before, "INSERT INTO boots(boot_id) VALUES(?)");
    ASSERT_TRUE(row.bind(as_bytes(boot)).run().ok());
    ASSERT_TRUE(before
                    ->run("INSERT INTO stretches VALUES(1, 'gw', 's', x'00');"
                          "INSERT INTO records VALUES(1, 0, 1, 't', 'c', x'', x'', 5, 5, 0, 1, 0)")
                    .ok());
  }
  const auto expect = [](collector::Database& held, std::int64_t wall_us, std::uint32_t quality) {
    std::size_t records = 0;
    const auto read = held.each_message({}, [&](const collector::StoredMessage& stored) {
      ++records;
      EXPECT_EQ(stored.message.wall_us, wall_us);
      EXPECT_EQ(stored.message.time_quality, quality);
    });
    EXPECT_TRUE(read.ok());
    EXPECT_EQ(records, 1U);
  };
  auto looked_at = collector::Database::open_to_read(path);
  ASSERT_TRUE(looked_at.ok()) << looked_at.error().message;
  expect(**looked_at, 5, 0);
  start_collector();
  ASSERT_TRUE(database->anchor("gw", {.boot_id = as_bytes(boot), .monotonic_us = 1, .wall_us = 1001}).ok());
  expect(*database, 1005, 3);
  stop_collector();
  expect(**collector::Database::open_to_read(path), 1005, 3);
}

}  // namespace
}  // namespace tidegate
