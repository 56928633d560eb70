#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <deque>
#include <string>
#include <vector>

#include "tests/fleet/sensor.hpp"

namespace tidegate::fleet {

struct FleetOptions {
  SensorOptions sensor;
  std::chrono::milliseconds duration{20'000};
  std::chrono::milliseconds drain{30'000};  ///< At the end: for what is not acknowledged, at most.
  bool status = false;                      ///< A JSON line a second on standard output.
};

/// Runs one sensor a device at once: measures for the given time or until SIGINT or SIGTERM, then waits for what is not
/// acknowledged yet (a second signal ends that too), then closes all.
class Fleet {
 public:
  Fleet(FleetOptions options, const std::vector<Device>& devices, const Clock& clock);

  /// Returns when all is closed.
  void run();

  [[nodiscard]] const Ledger& ledger() const { return ledger_; }

 private:
  enum class Phase { kMeasuring, kDraining, kClosed };

  void tick();
  void start_some();
  void end_phase();
  void print_status();
  void wait_for_tick();
  void wait_for_signal();
  [[nodiscard]] std::size_t connected() const;
  [[nodiscard]] std::size_t outstanding() const;

  FleetOptions options_;
  const Clock& clock_;
  Ledger ledger_;
  boost::asio::io_context reactor_{1};
  boost::asio::steady_timer timer_{reactor_};
  boost::asio::signal_set signals_;
  std::deque<Sensor> sensors_;
  std::size_t started_ = 0;
  Phase phase_ = Phase::kMeasuring;
  Monotonic began_{};
  Monotonic phase_ends_{};
  Monotonic next_status_{};
};

}  // namespace tidegate::fleet
