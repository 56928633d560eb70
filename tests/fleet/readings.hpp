#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/result.hpp"

namespace tidegate::fleet {

/// One row of a data file: when, and the other columns as JSON members with the numbers exactly as in the file.
struct Reading {
  std::int64_t ts_ms = 0;
  std::string members{};  ///< `,"humidity":45.93,"temperature":27.97`
};

/// What one device measured, oldest first; `ts_ms` grows strictly.
struct Series {
  std::string device{};
  std::vector<Reading> readings{};
  std::int64_t span_ms = 0;  ///< From the first reading to where the next one after the last would be.
};

/// Reads a data file: a header `dev,ts,...`, then rows of numbers grouped or mixed by device, each device's in order.
Result<std::vector<Series>> parse_series(std::string_view csv);

/// All series of motes.csv and seattle-weather.csv in `directory`.
Result<std::vector<Series>> load_series(const std::string& directory);

/// One simulated sensor that replays a series for ever, and never says the same twice: when the series wraps, its time
/// goes on by the span. The series outlives it.
class Device {
 public:
  Device(const Series& series, std::string name, std::size_t start)
      : series_(&series), name_(std::move(name)), start_(start) {}

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] std::string topic() const { return "sensors/" + name_; }
  /// The `number`-th message (from 0), a JSON object.
  [[nodiscard]] std::string payload(std::uint32_t number) const;

 private:
  const Series* series_;
  std::string name_;
  std::size_t start_;
};

/// `count` devices: the real ones first, then copies ("mote-1.2" is the second mote-1) that start later in the series.
std::vector<Device> make_devices(const std::vector<Series>& series, std::size_t count);

}  // namespace tidegate::fleet
