// store_bench: one subject, one case, one run of the bench of the store, in a directory on a file system of its own;
// prints one JSON object. tests/bench/store makes the file system and runs it.
#include <unistd.h>

#include <array>
#include <chrono>
#include <iostream>
#include <map>
#include <vector>

#include "gateway/base/arguments.hpp"
#include "tests/bench/meters.hpp"
#include "tests/bench/store_paced.hpp"
#include "tests/bench/store_subject.hpp"
#include "tests/bench/store_workload.hpp"

namespace tidegate::bench {
namespace {

using Time = std::chrono::steady_clock;
using Micros = std::chrono::duration<double, std::micro>;
using Figures = std::map<std::string, double>;
using Open = std::unique_ptr<Subject> (*)(const std::string&);

const std::map<std::string, Open> kSubjects{{"tidegate", open_tidegate}, {"tidegate-zstd", open_tidegate_zstd},
                                            {"sqlite", open_sqlite},     {"lmdb", open_lmdb},
                                            {"rocksdb", open_rocksdb},   {"leveldb", open_leveldb}};

/// A case that commits as often as the time allows.
struct Batches {
  std::size_t records = 1;
  std::uint16_t streams = 1;
  bool trim = false;  ///< Each commit also confirms and gives up what the one before has stored.
  bool real = false;  ///< Real readings.
};
const std::map<std::string, Batches> kBatches{{"batch-1", {.records = 1}},
                                              {"batch-16", {.records = 16}},
                                              {"batch-256", {.records = 256}},
                                              {"batch-4096", {.records = 4096}},
                                              {"readings-1", {.records = 1, .real = true}},
                                              {"readings-16", {.records = 16, .real = true}},
                                              {"readings-256", {.records = 256, .real = true}},
                                              {"readings-4096", {.records = 4096, .real = true}},
                                              {"batch-256-ack-trim", {.records = 256, .trim = true}},
                                              {"five-streams", {.records = 5, .streams = 5}}};

constexpr std::array kOptions{
    Option{"--subject", "NAME", "tidegate, tidegate-zstd, sqlite, lmdb, rocksdb, leveldb"},
    Option{"--case", "NAME",
           "batch-N, readings-N, batch-256-ack-trim, five-streams, paced-2000, fill (before restart), restart"},
    Option{"--directory", "DIR", "where it stores"},
    Option{"--device", "NAME", "the block device under it, such as loop0"},
    Option{"--seconds", "N", "of measuring (2)"},
    Option{"--data", "DIR", "of the real readings"},
};

constexpr std::size_t kLargeBatch = 4096;
constexpr std::uint64_t kWarmUpRecords = (48 << 20) / kPayloadBytes;
constexpr std::uint64_t kBacklogRecords = (32 << 20) / kPayloadBytes;

/// Every part of the subject's files has been used, and what is in them is given up: what a box looks like that has
/// been in the field for a while.
void warm_up(Subject& subject, Workload& workload) {
  for (std::uint64_t records = 0; records < kWarmUpRecords; records += kLargeBatch)
    subject.commit(workload.next(kLargeBatch, 1), {});
  subject.commit({}, workload.end());
}

std::string directory_of(const Arguments& arguments) { return arguments.get("--directory", ""); }

DeviceMeter meter_of(const Arguments& arguments) { return {directory_of(arguments), arguments.get("--device", "")}; }

Figures measure_batches(const Batches& batches, Open open, const Arguments& arguments, Time::duration time) {
  Workload workload(batches.real ? arguments.get("--data", "tests/data") : "");
  // What is compressed would not reach every part of the pool.
  auto subject = batches.real ? open_tidegate(directory_of(arguments)) : open(directory_of(arguments));
  warm_up(*subject, workload);
  if (batches.real) {
    subject.reset();
    subject = open(directory_of(arguments));
  }
  const std::uint64_t payload_begin = workload.payload_bytes();
  RawLimit raw(directory_of(arguments));
  const DeviceMeter meter = meter_of(arguments);
  std::vector<double> latencies_us;
  double cpu = 0;
  double busy_us = 0;
  while (busy_us < Micros(time).count()) {
    const std::uint64_t before = workload.end();
    const auto items = workload.next(batches.records, batches.streams);
    const double cpu_begin = cpu_us();
    const auto begin = Time::now();
    subject->commit(items, batches.trim ? std::optional(before) : std::nullopt);
    latencies_us.push_back(Micros(Time::now() - begin).count());
    busy_us += latencies_us.back();
    cpu += cpu_us() - cpu_begin;
    raw.commit();  // in turn, so that both meet the same neighbours
  }
  const DeviceCounters device = meter.read();
  const auto commits = static_cast<double>(latencies_us.size());
  const double records = commits * static_cast<double>(batches.records);
  const auto bytes = static_cast<double>(device.written_bytes - raw.commits() * RawLimit::kBytes);
  const double p50_us = quantile(latencies_us, 0.5);
  return {{"device_bytes_per_payload_byte", bytes / static_cast<double>(workload.payload_bytes() - payload_begin)},
          {"device_bytes_per_commit", bytes / commits},
          {"flushes_per_commit", static_cast<double>(device.flushes - raw.commits()) / commits},
          {"commit_p50_us", p50_us},
          {"raw_p50_us", raw.p50_us()},
          {"commit_p50_over_raw", p50_us / raw.p50_us()},
          {"cpu_us_per_commit", cpu / commits},
          {"records_per_s", records / busy_us * 1e6}};
}

Figures measure_paced(Open open, bool own_policy, const Arguments& arguments, std::chrono::seconds time) {
  Workload workload;
  auto subject = open(directory_of(arguments));
  warm_up(*subject, workload);
  if (own_policy) subject.reset();
  const DeviceMeter meter = meter_of(arguments);
  const double cpu = cpu_us();
  const Paced paced =
      own_policy ? run_paced_store(directory_of(arguments), workload, time) : run_paced(*subject, workload, time);
  const double cpu_spent = cpu_us() - cpu;
  const DeviceCounters device = meter.read();
  const auto records = static_cast<double>(paced.latencies_us.size());
  const auto commits = static_cast<double>(paced.commits);
  const auto bytes = static_cast<double>(device.written_bytes);
  return {{"device_bytes_per_payload_byte", bytes / (records * kPayloadBytes)},
          {"device_bytes_per_commit", bytes / commits},
          {"flushes_per_commit", static_cast<double>(device.flushes) / commits},
          {"records_per_commit", records / commits},
          {"cpu_us_per_record", cpu_spent / records},
          {"ack_p50_us", quantile(paced.latencies_us, 0.5)},
          {"ack_p99_us", quantile(paced.latencies_us, 0.99)}};
}

/// A backlog, small commits behind it, and an end without a word: nothing is closed.
[[noreturn]] void fill(Subject& subject) {
  Workload workload;
  for (std::uint64_t records = 0; records < kBacklogRecords; records += kLargeBatch)
    subject.commit(workload.next(kLargeBatch, 1), {});
  for (int commits = 0; commits < 20; ++commits) subject.commit(workload.next(1, 1), {});
  ::_exit(0);
}

/// From nothing in memory to the oldest message in hand.
Figures restart(Open open, const Arguments& arguments) {
  const DeviceMeter meter = meter_of(arguments);
  const auto begin = Time::now();
  const auto subject = open(directory_of(arguments));
  if (!subject->read_oldest()) give_up("nothing is there after the restart");
  const double took_us = Micros(Time::now() - begin).count();
  Figures figures{{"restart_ms", took_us / 1000}, {"restart_device_reads", static_cast<double>(meter.read().reads)}};
  if (const auto reads = subject->reads_of_open()) figures["restart_reads"] = static_cast<double>(*reads);
  return figures;
}

Figures run(const Arguments& arguments) {
  const auto subject = kSubjects.find(arguments.get("--subject", ""));
  if (subject == kSubjects.end()) give_up("no such subject");
  const std::string name = arguments.get("--case", "");
  const std::chrono::seconds time(std::stoi(arguments.get("--seconds", "2")));
  if (name == "paced-2000") return measure_paced(subject->second, subject->first == "tidegate", arguments, time);
  if (name == "restart") return restart(subject->second, arguments);
  if (name == "fill") fill(*subject->second(directory_of(arguments)));
  const auto batches = kBatches.find(name);
  if (batches == kBatches.end()) give_up("no such case");
  return measure_batches(batches->second, subject->second, arguments, time);
}

int main(int argc, char** argv) {
  const std::vector<std::string_view> words(argv + 1, argv + argc);
  const auto arguments = Arguments::parse(words, kOptions);
  if (!arguments) give_up(arguments.error().message + "\n" + describe_options(kOptions));
  const Figures figures = run(*arguments);
  std::cout << "{";
  for (const auto& [metric, value] : figures)
    std::cout << (metric == figures.begin()->first ? "" : ", ") << '"' << metric << "\": " << value;
  std::cout << "}\n";
  return 0;
}

}  // namespace
}  // namespace tidegate::bench

int main(int argc, char** argv) { return tidegate::bench::main(argc, argv); }
