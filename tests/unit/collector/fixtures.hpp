#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "gateway/base/clock.hpp"
#include "gateway/programs/collector/database.hpp"

namespace tidegate::collector {

class StoppedClock final : public Clock {
 public:
  [[nodiscard]] Monotonic monotonic() const override { return Monotonic(0); }
  [[nodiscard]] WallTime wall() const override { return WallTime(1'700'000'000'000'000); }
  [[nodiscard]] TimeQuality quality() const override { return TimeQuality::kSynchronised; }
  [[nodiscard]] BootId boot_id() const override { return {}; }
};

inline const LaneKey kLane{"gw", "s", std::string(16, 'i'), 0};

/// A database in memory.
class DatabaseFixture : public testing::Test {
 protected:
  DatabaseFixture() {
    Result<std::unique_ptr<Database>> opened = Database::open(":memory:", clock);
    EXPECT_TRUE(opened.ok());
    database = *std::move(opened);
  }

  /// Messages whose payload is their offset, received so many microseconds after 1970 and the boot.
  Result<Outcome> store(std::uint64_t first, std::size_t count, const LaneKey& lane = kLane) {
    payloads.clear();
    for (std::size_t i = 0; i < count; ++i) payloads.push_back(std::to_string(first + i));
    std::vector<Message> messages(count);
    for (std::size_t i = 0; i < count; ++i) {
      messages[i].topic = "t";
      messages[i].client = "c";
      messages[i].payload = as_bytes(payloads[i]);
      messages[i].wall_us = static_cast<std::int64_t>(first + i);
      messages[i].monotonic_us = static_cast<std::int64_t>(first + i);
      messages[i].time_quality = time_quality;
    }
    return database->store(lane, {.first = first, .boot_id = as_bytes(boot), .messages = messages});
  }

  /// "offset:payload" of everything that is held, in order.
  std::vector<std::string> held(const ExportFilter& filter = {}) {
    std::vector<std::string> found;
    const Result<void> read = database->each_message(filter, [&found](const StoredMessage& stored) {
      found.push_back(std::to_string(stored.offset) + ":" + std::string(as_text(stored.message.payload)));
    });
    EXPECT_TRUE(read.ok());
    return found;
  }

  StoppedClock clock;
  std::unique_ptr<Database> database;
  std::string boot = std::string(16, 'b');
  std::uint32_t time_quality = 0;
  std::vector<std::string> payloads;
};

}  // namespace tidegate::collector
