#include "tests/fleet/readings.hpp"

#include <charconv>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>

namespace tidegate::fleet {
namespace {

std::vector<std::string_view> split(std::string_view line, char separator);
std::string_view take_line(std::string_view& text);
std::optional<std::int64_t> to_number(std::string_view text);
Error row_error(std::size_t line, const std::string& what);

}  // namespace

Result<std::vector<Series>> parse_series(std::string_view csv) {
  const auto columns = split(take_line(csv), ',');
  if (columns.size() < 3 || columns[0] != "dev" || columns[1] != "ts") return row_error(1, "expected dev,ts,...");

  std::vector<Series> all;
  std::map<std::string, std::size_t, std::less<>> known;
  for (std::size_t line = 2; !csv.empty(); ++line) {
    const auto cells = split(take_line(csv), ',');
    if (cells.size() != columns.size()) return row_error(line, "wrong number of columns");
    const auto ts = to_number(cells[1]);
    if (!ts) return row_error(line, "ts is not a whole number");

    const auto [place, added] = known.try_emplace(std::string(cells[0]), all.size());
    if (added) all.push_back({.device = place->first});
    auto& readings = all[place->second].readings;
    if (!readings.empty() && readings.back().ts_ms >= *ts) return row_error(line, "ts does not grow");

    Reading reading{.ts_ms = *ts};
    for (std::size_t i = 2; i < cells.size(); ++i) {
      reading.members.append(",\"").append(columns[i]).append("\":").append(cells[i]);
    }
    readings.push_back(std::move(reading));
  }
  for (auto& series : all) {
    const auto& rows = series.readings;
    if (rows.size() < 2) return row_error(1, series.device + " has fewer than two readings");
    series.span_ms = rows.back().ts_ms - rows.front().ts_ms + (rows[1].ts_ms - rows[0].ts_ms);
  }
  return all;
}

Result<std::vector<Series>> load_series(const std::string& directory) {
  std::vector<Series> all;
  for (const char* name : {"motes.csv", "seattle-weather.csv"}) {
    const std::string path = directory + "/" + name;
    std::ifstream file(path, std::ios::binary);
    if (!file) return Error{ErrorKind::kNotFound, "cannot read " + path};
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    auto series = parse_series(text);
    if (!series) return Error{series.error().kind, path + ": " + series.error().message};
    std::move(series->begin(), series->end(), std::back_inserter(all));
  }
  return all;
}

std::string Device::payload(std::uint32_t number) const {
  const std::size_t at = start_ + number;
  const Reading& reading = series_->readings[at % series_->readings.size()];
  const auto rounds = static_cast<std::int64_t>(at / series_->readings.size());
  return "{\"ts\":" + std::to_string(reading.ts_ms + rounds * series_->span_ms) + reading.members + "}";
}

std::vector<Device> make_devices(const std::vector<Series>& series, std::size_t count) {
  std::vector<Device> devices;
  const std::size_t copies = (count + series.size() - 1) / series.size();
  for (std::size_t i = 0; i < count; ++i) {
    const Series& source = series[i % series.size()];
    const std::size_t copy = i / series.size();
    const std::string name = copy == 0 ? source.device : source.device + "." + std::to_string(copy + 1);
    devices.emplace_back(source, name, source.readings.size() * copy / copies);
  }
  return devices;
}

namespace {

std::vector<std::string_view> split(std::string_view line, char separator) {
  std::vector<std::string_view> parts;
  for (std::size_t end = 0; end != std::string_view::npos;) {
    end = line.find(separator);
    parts.push_back(line.substr(0, end));
    if (end != std::string_view::npos) line.remove_prefix(end + 1);
  }
  return parts;
}

std::string_view take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  std::string_view line = text.substr(0, end);
  text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

std::optional<std::int64_t> to_number(std::string_view text) {
  std::int64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stopped != end) return std::nullopt;
  return value;
}

Error row_error(std::size_t line, const std::string& what) {
  return {ErrorKind::kInvalid, "line " + std::to_string(line) + ": " + what};
}

}  // namespace
}  // namespace tidegate::fleet
