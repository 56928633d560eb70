#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>

#include "gateway/north/grpc/grpc_upstream.hpp"
#include "gateway/programs/collector/server.hpp"
#include "tests/system/north_test.hpp"

namespace tidegate {

/// A gateway's north side over records in memory, and a collector on a database in a directory of its own.
class LoopbackTest : public NorthTest {
 protected:
  LoopbackTest() {
    std::string name = (std::filesystem::temp_directory_path() / "tidegate-grpc-XXXXXX").string();
    EXPECT_NE(mkdtemp(name.data()), nullptr);
    directory = name;
    options.name = "cloud";
    options.tls = false;
    options.gateway_id = "gw";
    options.software = "test";
    options.backoff_min = std::chrono::milliseconds(20);
    options.backoff_max = std::chrono::milliseconds(100);
  }
  ~LoopbackTest() override {
    disconnect();
    server.reset();
    database.reset();
    std::filesystem::remove_all(directory);
  }

  void start_collector(collector::ServerOptions with = {}) {
    with.listen = {"127.0.0.1", port};
    auto opened = collector::Database::open((directory / "c.db").string(), clock);
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    database = *std::move(opened);
    auto started = collector::Server::start(with, *database, collector_events);
    ASSERT_TRUE(started.ok()) << started.error().message;
    server = *std::move(started);
    port = server->port();
    options.target = "127.0.0.1:" + std::to_string(port);
  }
  void stop_collector() {
    server.reset();
    database.reset();
  }

  std::unique_ptr<north::Upstream> make_upstream() override {
    return north::make_grpc_upstream(options, reactor.executor(), reactor.timer(), random, events, metrics);
  }

  /// Offsets and payloads, each as it was added and once, in order.
  void expect_held_exactly(std::uint64_t count) {
    std::uint64_t next = 0;
    const auto read = database->each_message({}, [&next](const collector::StoredMessage& stored) {
      EXPECT_EQ(stored.offset, next);
      EXPECT_EQ(as_text(stored.message.payload), "payload " + std::to_string(next));
      ++next;
    });
    EXPECT_TRUE(read.ok());
    EXPECT_EQ(next, count);
  }

  std::filesystem::path directory;
  SystemClock clock;
  SilentLog collector_events;
  std::uint16_t port = 0;
  std::unique_ptr<collector::Database> database;
  std::unique_ptr<collector::Server> server;
  north::GrpcOptions options;
};

}  // namespace tidegate
