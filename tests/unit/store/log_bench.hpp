#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "gateway/store/format.hpp"
#include "gateway/store/log.hpp"
#include "tests/simulation/sim_disk.hpp"

namespace tidegate::store::test {

inline constexpr std::uint32_t kSlotBytes = 64 << 10;
inline constexpr StreamIndex kSensors{0};
inline constexpr StreamIndex kAlarms{1};

inline LogOptions options() {
  LogOptions options;
  options.directory = "/store";
  options.board_id = "board";
  options.slot_bytes = kSlotBytes;
  options.pool_bytes = 8 * kSlotBytes;
  options.streams = {{"sensors", 2 * kSlotBytes, WhenFull::kDropOldest, {"cloud"}},
                     {"alarms", kSlotBytes, WhenFull::kRefuse, {"cloud"}}};
  return options;
}

/// A log of two streams over a disk in memory.
class LogBench : public testing::Test {
 protected:
  LogBench() { open(); }

  void open() {
    log_.reset();
    auto opened = Log::open(options_, disk_, random_, events_, metrics_);
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    log_ = std::move(*opened);
  }

  Section section(StreamIndex stream, int count, std::size_t payload_bytes = 100) {
    RecordWriter writer(BootId{});
    const std::string filler(payload_bytes, 'p');
    const Offset first = log_->state(stream).next;
    for (int i = 0; i < count; ++i) {
      const std::string payload = std::to_string((first + static_cast<std::uint64_t>(i)).value) + filler;
      writer.add({.topic = "topic",
                  .client = "client",
                  .payload = as_bytes(payload),
                  .properties = {},
                  .received = {},
                  .qos = 1,
                  .retain = false});
    }
    return {stream, first, static_cast<std::uint32_t>(count), writer.take()};
  }

  Result<void> commit(StreamIndex stream, int count, std::size_t payload_bytes = 100) {
    CommitBatch batch;
    batch.sections.push_back(section(stream, count, payload_bytes));
    return log_->commit(batch);
  }

  Result<void> confirm(StreamIndex stream, Offset position) {
    CommitBatch batch;
    batch.cursors.push_back({stream, "cloud", Lane{0}, position, kOpenEnd});
    return log_->commit(batch);
  }

  /// Fills slots with records of about a page each.
  void fill(StreamIndex stream, std::uint32_t slots) {
    for (std::uint32_t i = 0; i < slots * kSlotBytes / 4096; ++i) ASSERT_TRUE(commit(stream, 1, 3500).ok());
  }

  ReadResult read(StreamIndex stream, Offset from, std::size_t max_bytes = 1 << 20) {
    auto result = log_->read(stream, from, max_bytes, {});
    EXPECT_TRUE(result.ok());
    return std::move(*result);
  }

  /// The numbers in the payloads of all records from `from` on.
  std::vector<std::uint64_t> numbers(StreamIndex stream, Offset from) {
    std::vector<std::uint64_t> numbers;
    const ReadResult result = read(stream, from, SIZE_MAX);
    for (const Section& section : result.sections) {
      RecordReader reader(section.records);
      Message message;
      while (reader.next(message)) numbers.push_back(std::stoull(std::string(as_text(message.payload))));
    }
    return numbers;
  }

  std::uint64_t dropped(const std::string& reason, const std::string& stream) {
    return metrics_
        .counter("tidegate_store_dropped_records_total", "Records dropped by policy, undelivered",
                 {{"reason", reason}, {"stream", stream}})
        .value();
  }

  void cut_power() {
    disk_.cut_within(1);
    (void)log_->close();
    disk_.restore_power();
  }

  std::uint64_t file_size(const std::string& path) {
    auto file = disk_.open(path, OpenMode::kRead);
    return file.ok() ? (*file)->size().value() : 0;
  }

  LogOptions options_ = options();
  simulation::SimDisk disk_{{.seed = 3}};
  simulation::SeededRandom random_{4};
  SilentLog events_;
  Metrics metrics_;
  std::unique_ptr<Log> log_;
};

}  // namespace tidegate::store::test
