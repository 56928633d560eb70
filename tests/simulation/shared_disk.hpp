#pragma once

#include <functional>
#include <mutex>

#include "tests/simulation/sim_disk.hpp"

namespace tidegate::simulation {

/// The simulated disk for a store with threads: one call at a time, and somebody is told when the power has gone.
class SharedDisk final : public Disk {
 public:
  SharedDisk(SimDisk& disk, std::function<void()> power_gone) : disk_(disk), power_gone_(std::move(power_gone)) {}

  Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override;
  Result<void> rename(const std::string& from, const std::string& to) override;
  Result<void> remove(const std::string& path) override;
  Result<void> create_directory(const std::string& path) override;
  Result<std::vector<std::string>> list(const std::string& path) override;
  Result<void> sync_directory(const std::string& path) override;
  Result<std::uint64_t> free_bytes(const std::string& path) override;

  [[nodiscard]] bool powered() const {
    const std::lock_guard lock(mutex_);
    return disk_.powered();
  }
  /// No cut comes any more; false if the power has gone already.
  bool stay_powered() {
    const std::lock_guard lock(mutex_);
    disk_.cancel_cut();
    return disk_.powered();
  }

 private:
  class SharedFile;
  template <class Call>
  auto one_at_a_time(const Call& call) {
    const std::lock_guard lock(mutex_);
    const bool was_powered = disk_.powered();
    auto result = call();
    if (was_powered && !disk_.powered()) power_gone_();
    return result;
  }

  SimDisk& disk_;
  const std::function<void()> power_gone_;
  mutable std::mutex mutex_;
};

}  // namespace tidegate::simulation
