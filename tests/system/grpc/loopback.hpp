#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "gateway/north/grpc/grpc_upstream.hpp"
#include "gateway/north/route.hpp"
#include "gateway/programs/collector/server.hpp"
#include "tests/system/reactor.hpp"
#include "tests/unit/north/fakes.hpp"

namespace tidegate {

/// A gateway's north side over records in memory, and a collector on a database in a directory of its own.
class LoopbackTest : public testing::Test {
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
    auto started = collector::Server::start(with, *database, events);
    ASSERT_TRUE(started.ok()) << started.error().message;
    server = *std::move(started);
    port = server->port();
    options.target = "127.0.0.1:" + std::to_string(port);
  }
  void stop_collector() {
    server.reset();
    database.reset();
  }

  void connect(std::size_t batch_bytes = 2000) {
    reactor.on([this, batch_bytes] {
      upstream =
          std::make_unique<north::GrpcUpstream>(options, reactor.executor(), reactor.timer(), random, events, metrics);
      route.emplace(north::RouteOptions{"cloud", {StreamIndex{0}}, batch_bytes}, source, *upstream, events, metrics);
      route->start();
      return true;
    });
  }
  void disconnect() {
    if (upstream == nullptr) return;
    reactor.on([this] {
      route->close();
      upstream->close();
      upstream.reset();
      route.reset();
      return true;
    });
  }

  void add(std::size_t count) {
    reactor.on([this, count] {
      source.add(0, count);
      if (route) route->on_durable();
      return true;
    });
  }
  std::uint64_t cursor() {
    return reactor.on([this] { return source.streams[0].cursor.value; });
  }
  std::string state() {
    return reactor.on([this] { return upstream->state(); });
  }
  bool delivered(std::uint64_t count) {
    return wait_until([this, count] { return cursor() == count; });
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
  SystemRandom random;
  SilentLog events;
  Metrics metrics;
  std::uint16_t port = 0;
  std::unique_ptr<collector::Database> database;
  std::unique_ptr<collector::Server> server;
  north::GrpcOptions options;
  north::FakeSource source{{"s"}};
  std::unique_ptr<north::GrpcUpstream> upstream;
  std::optional<north::Route> route;
  Reactor reactor;
};

}  // namespace tidegate
