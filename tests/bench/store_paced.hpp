#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "tests/bench/store_subject.hpp"
#include "tests/bench/store_workload.hpp"

namespace tidegate::bench {

/// Messages that arrive evenly, and when each was durable.
struct Paced {
  std::uint64_t commits = 0;  ///< Of those that are counted; 0: not known.
  std::vector<double> latencies_us;
};

inline constexpr std::uint64_t kPacedPerSecond = 2000;

/// A subject that commits whatever has arrived, as soon as the commit before has ended.
Paced run_paced(Subject& subject, Workload& workload, std::chrono::seconds time);

/// Tidegate's store, with its threads and its own commit policy.
Paced run_paced_store(const std::string& directory, Workload& workload, std::chrono::seconds time);

}  // namespace tidegate::bench
