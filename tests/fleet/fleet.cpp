#include "tests/fleet/fleet.hpp"

#include <algorithm>
#include <csignal>
#include <cstdio>

namespace tidegate::fleet {
namespace {

constexpr std::chrono::milliseconds kTick{10};
constexpr std::size_t kStartsATick = 10;  // a thousand sensors connect within a second, not at once

double in_milliseconds(std::chrono::microseconds duration) { return static_cast<double>(duration.count()) / 1000.0; }

}  // namespace

Fleet::Fleet(FleetOptions options, const std::vector<Device>& devices, const Clock& clock)
    : options_(std::move(options)), clock_(clock), signals_(reactor_, SIGINT, SIGTERM) {
  for (const Device& device : devices) {
    const auto index = static_cast<std::uint32_t>(sensors_.size());
    sensors_.emplace_back(reactor_, options_.sensor, device, index, ledger_, clock_);
  }
}

void Fleet::run() {
  began_ = clock_.monotonic();
  phase_ends_ = began_ + options_.duration;
  next_status_ = began_ + std::chrono::seconds(1);
  wait_for_signal();
  wait_for_tick();
  reactor_.run();
}

void Fleet::tick() {
  start_some();
  for (Sensor& sensor : sensors_) sensor.tick();
  const Monotonic now = clock_.monotonic();
  if (options_.status && now >= next_status_) print_status();
  if (now >= phase_ends_ || (phase_ == Phase::kDraining && outstanding() == 0)) end_phase();
  if (phase_ != Phase::kClosed) wait_for_tick();
}

void Fleet::start_some() {
  if (phase_ != Phase::kMeasuring) return;
  const std::size_t until = std::min(sensors_.size(), started_ + kStartsATick);
  for (; started_ < until; ++started_) sensors_[started_].start();
}

void Fleet::end_phase() {
  if (phase_ == Phase::kMeasuring) {
    phase_ = Phase::kDraining;
    phase_ends_ = clock_.monotonic() + options_.drain;
    for (Sensor& sensor : sensors_) sensor.stop_measuring();
    return;
  }
  phase_ = Phase::kClosed;
  if (options_.status) print_status();
  for (Sensor& sensor : sensors_) sensor.close();
  signals_.cancel();
  timer_.cancel();
}

void Fleet::wait_for_tick() {
  timer_.expires_after(kTick);
  timer_.async_wait([this](boost::system::error_code error) {
    if (!error) tick();
  });
}

void Fleet::wait_for_signal() {
  signals_.async_wait([this](boost::system::error_code error, int) {
    if (error) return;
    end_phase();
    if (phase_ != Phase::kClosed) wait_for_signal();
  });
}

void Fleet::print_status() {
  next_status_ += std::chrono::seconds(1);
  const auto recent = ledger_.take_recent_latency();
  const auto trouble = std::find_if(sensors_.begin(), sensors_.end(), [](const Sensor& sensor) {
    return !sensor.connected() && !sensor.trouble().empty();
  });
  const std::string_view words = trouble == sensors_.end() ? std::string_view{} : trouble->trouble();
  std::printf(
      "{\"elapsed_s\":%.1f,\"sensors\":%zu,\"connected\":%zu,\"sent\":%llu,\"acked\":%llu,\"outstanding\":%zu,"
      "\"sent_again\":%llu,\"refused\":%llu,\"p50_ms\":%.2f,\"p99_ms\":%.2f,\"trouble\":\"%.*s\"}\n",
      in_milliseconds(clock_.monotonic() - began_) / 1000.0, sensors_.size(), connected(),
      static_cast<unsigned long long>(ledger_.messages()), static_cast<unsigned long long>(ledger_.acknowledged()),
      outstanding(), static_cast<unsigned long long>(ledger_.sent_again()),
      static_cast<unsigned long long>(ledger_.refused()), in_milliseconds(recent->quantile(0.5)),
      in_milliseconds(recent->quantile(0.99)), static_cast<int>(words.size()), words.data());
  std::fflush(stdout);
}

std::size_t Fleet::connected() const {
  return static_cast<std::size_t>(
      std::count_if(sensors_.begin(), sensors_.end(), [](const Sensor& sensor) { return sensor.connected(); }));
}

std::size_t Fleet::outstanding() const {
  std::size_t sum = 0;
  for (const Sensor& sensor : sensors_) sum += sensor.outstanding();
  return sum;
}

}  // namespace tidegate::fleet
