#include "gateway/config/units.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <span>

namespace tidegate::config {
namespace {

struct Unit {
  std::string_view name;
  double factor;
};

// Largest first: the order in which a value is written back, binary before decimal where both fit.
constexpr std::array kSizes{Unit{"TiB", 0x1p40}, Unit{"TB", 1e12},    Unit{"GiB", 0x1p30},
                            Unit{"GB", 1e9},     Unit{"MiB", 0x1p20}, Unit{"MB", 1e6},
                            Unit{"KiB", 0x1p10}, Unit{"KB", 1e3},     Unit{"B", 1}};
constexpr std::array kDurations{Unit{"d", 86'400'000}, Unit{"h", 3'600'000}, Unit{"min", 60'000}, Unit{"s", 1'000},
                                Unit{"ms", 1}};
constexpr std::array kRates{Unit{"/s", 1}, Unit{"/min", 1.0 / 60}, Unit{"/h", 1.0 / 3600}};

/// A quantity in the units' base; `what` and `example` are for the owner.
Result<double> parse(std::string_view text, std::span<const Unit> units, std::string_view what,
                     std::string_view example) {
  const auto wrong = [&](std::string_view fault) {
    return Error{ErrorKind::kInvalid, "\"" + std::string(text) + "\" " + std::string(fault) + ": write " +
                                          std::string(what) + " such as \"" + std::string(example) + "\""};
  };
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (error != std::errc{}) return wrong("does not begin with a number");
  if (!std::isfinite(number)) return wrong("is not " + std::string(what));
  if (number < 0) return wrong("is negative");

  std::string_view name(end, static_cast<std::size_t>(text.data() + text.size() - end));
  while (name.starts_with(' ')) name.remove_prefix(1);
  if (name == "kB") name = "KB";  // the SI spelling
  if (name.empty()) return wrong("has no unit");
  const auto unit = std::find_if(units.begin(), units.end(), [&](const Unit& known) { return known.name == name; });
  if (unit == units.end()) return wrong("has an unknown unit");
  return number * unit->factor;
}

Result<std::uint64_t> whole(Result<double> quantity, std::string_view text) {
  constexpr double kExact = 0x1p53;  // beyond it a double skips whole numbers
  if (!quantity) return quantity.error();
  if (*quantity > kExact) return Error{ErrorKind::kInvalid, "\"" + std::string(text) + "\" is too large"};
  return static_cast<std::uint64_t>(std::llround(*quantity));
}

std::string format(std::uint64_t value, std::span<const Unit> units) {
  const auto fits = [&](const Unit& unit) {
    const auto factor = static_cast<std::uint64_t>(unit.factor);
    return value >= factor && value % factor == 0;
  };
  const auto unit = std::find_if(units.begin(), units.end(), fits);
  if (unit == units.end()) return "0 " + std::string(units.back().name);
  return std::to_string(value / static_cast<std::uint64_t>(unit->factor)) + " " + std::string(unit->name);
}

}  // namespace

Result<std::uint64_t> parse_size(std::string_view text) { return whole(parse(text, kSizes, "a size", "500 MB"), text); }

Result<std::uint64_t> parse_duration_ms(std::string_view text) {
  return whole(parse(text, kDurations, "a duration", "30 s"), text);
}

Result<double> parse_rate_per_s(std::string_view text) { return parse(text, kRates, "a rate", "10/s"); }

std::string format_size(std::uint64_t bytes) { return format(bytes, kSizes); }

std::string format_duration_ms(std::uint64_t milliseconds) { return format(milliseconds, kDurations); }

std::string format_rate_per_s(double per_second) { return format_number(per_second) + "/s"; }

std::string format_number(double number) {
  std::array<char, 32> text{};
  const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  return error == std::errc{} ? std::string(text.data(), end) : std::string("?");
}

}  // namespace tidegate::config
