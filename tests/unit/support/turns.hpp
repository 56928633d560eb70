#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>

#include "gateway/base/clock.hpp"
#include "gateway/base/executor.hpp"

namespace tidegate::test {

/// A reactor for tests: turns are queued from any thread and run by the test's thread.
class Turns {
 public:
  Executor executor() {
    return [this](std::function<void()> turn) {
      const std::lock_guard lock(mutex_);
      turns_.push_back(std::move(turn));
      changed_.notify_all();
    };
  }

  /// Runs turns, waiting for them, until `done`; the test's own time limit ends a wait that never ends.
  void run_until(const std::function<bool()>& done) {
    while (!done()) {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return !turns_.empty(); });
      run_one(lock);
    }
  }

  /// Runs what is queued now.
  void run_queued() {
    std::unique_lock lock(mutex_);
    for (std::size_t left = turns_.size(); left > 0; --left) {
      run_one(lock);
      lock.lock();
    }
  }

 private:
  void run_one(std::unique_lock<std::mutex>& lock) {
    const auto turn = std::move(turns_.front());
    turns_.pop_front();
    lock.unlock();
    turn();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> turns_;
};

/// A clock that stands still until the test moves it; synchronised until it is told otherwise.
class ManualClock final : public Clock {
 public:
  [[nodiscard]] Monotonic monotonic() const override { return Monotonic(now_us_.load()); }
  [[nodiscard]] WallTime wall() const override { return WallTime(wall_offset_us_.load() + now_us_.load()); }
  [[nodiscard]] TimeQuality quality() const override { return quality_.load(); }
  [[nodiscard]] BootId boot_id() const override { return {{std::byte{boots_.load()}}}; }
  void pass(std::chrono::microseconds span) { now_us_ += span.count(); }
  /// Somebody sets the wall clock, forwards or backwards; monotonic time does not notice.
  void jump(std::chrono::microseconds span) { wall_offset_us_ += span.count(); }
  void set_quality(TimeQuality quality) { quality_ = quality; }
  /// The machine starts again: another boot, whose time begins anew.
  void reboot() {
    ++boots_;
    now_us_ = kBootUs;
  }

 private:
  static constexpr std::int64_t kBootUs = 1'000'000;
  std::atomic<std::int64_t> now_us_{kBootUs};
  std::atomic<std::int64_t> wall_offset_us_{1'700'000'000'000'000};
  std::atomic<TimeQuality> quality_{TimeQuality::kSynchronised};
  std::atomic<std::uint8_t> boots_{7};
};

}  // namespace tidegate::test
