#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gateway/north/route.hpp"
#include "tests/system/reactor.hpp"
#include "tests/unit/north/fakes.hpp"

namespace tidegate {

/// Parked at once: the tests are about upstreams.
class DurableDeadLetter final : public north::DeadLetter {
 public:
  Result<store::Ticket> park(const store::Record& record, const north::Refusal&) override {
    parked.push_back(record.offset.value);
    return store::Ticket{};
  }
  [[nodiscard]] bool durable(store::Ticket) const override { return true; }
  std::vector<std::uint64_t> parked;
};

/// A gateway's north side with one real upstream, over records in memory and on a reactor of its own. Who inherits it
/// makes the upstream, has what it talks to, and calls disconnect() before that goes.
class NorthTest : public testing::Test {
 protected:
  virtual std::unique_ptr<north::Upstream> make_upstream() = 0;

  void connect(std::size_t batch_bytes = 2000) {
    reactor.on([this, batch_bytes] {
      upstream = make_upstream();
      route.emplace(north::RouteOptions{"cloud", {StreamIndex{0}}, batch_bytes}, source, *upstream, events, metrics);
      route->park_in(dead_letter);
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

  SystemRandom random;
  north::NotedEvents events;  // of the reactor
  Metrics metrics;
  north::FakeSource source{{"s"}};
  DurableDeadLetter dead_letter;
  std::unique_ptr<north::Upstream> upstream;
  std::optional<north::Route> route;
  Reactor reactor;
};

}  // namespace tidegate
