#pragma once

#include <chrono>
#include <concepts>
#include <type_traits>

#include "gateway/config/properties.hpp"

namespace tidegate::config {

// What bounds are written in: bytes, and milliseconds.
inline constexpr std::uint64_t kKiB = 1024;
inline constexpr std::uint64_t kMiB = 1024 * kKiB;
inline constexpr std::uint64_t kGiB = 1024 * kMiB;
inline constexpr std::uint64_t kSecond = 1000;
inline constexpr std::uint64_t kHour = 3600 * kSecond;

inline Value to_value(const std::string& member) { return member; }
inline Value to_value(const std::vector<std::string>& member) { return member; }
inline Value to_value(bool member) { return member; }
inline Value to_value(double member) { return member; }
inline Value to_value(WhenFull member) { return std::string(member == WhenFull::kRefuse ? "refuse" : "drop-oldest"); }
inline Value to_value(Compression member) { return std::string(member == Compression::kZstd ? "zstd" : "none"); }
Value to_value(std::unsigned_integral auto member) { return std::uint64_t{member}; }
template <class Rep, class Period>
Value to_value(std::chrono::duration<Rep, Period> member) {
  return static_cast<std::uint64_t>(std::chrono::milliseconds(member).count());
}

// A value has the type of its property's kind, and numbers keep to the row's bounds, when they come here.
inline void assign(std::string& member, const Value& value) { member = std::get<std::string>(value); }
inline void assign(std::vector<std::string>& member, const Value& value) {
  member = std::get<std::vector<std::string>>(value);
}
inline void assign(bool& member, const Value& value) { member = std::get<bool>(value); }
inline void assign(double& member, const Value& value) {
  const auto* whole = std::get_if<std::uint64_t>(&value);
  member = whole != nullptr ? static_cast<double>(*whole) : std::get<double>(value);
}
inline void assign(WhenFull& member, const Value& value) {
  member = std::get<std::string>(value) == "refuse" ? WhenFull::kRefuse : WhenFull::kDropOldest;
}
inline void assign(Compression& member, const Value& value) {
  member = std::get<std::string>(value) == "zstd" ? Compression::kZstd : Compression::kNone;
}
template <std::unsigned_integral T>
void assign(T& member, const Value& value) {
  member = static_cast<T>(std::get<std::uint64_t>(value));
}
template <class Rep, class Period>
void assign(std::chrono::duration<Rep, Period>& member, const Value& value) {
  member = std::chrono::duration_cast<std::chrono::duration<Rep, Period>>(
      std::chrono::milliseconds(std::get<std::uint64_t>(value)));
}

/// The table of the configuration that a member belongs to.
template <class Table, class AnyConfig>
auto& table_of(AnyConfig& config, std::size_t index) {
  if constexpr (std::is_same_v<Table, Gateway>) return config.gateway;
  if constexpr (std::is_same_v<Table, Mqtt>) return config.mqtt;
  if constexpr (std::is_same_v<Table, Store>) return config.store;
  if constexpr (std::is_same_v<Table, Control>) return config.control;
  if constexpr (std::is_same_v<Table, Broker>) return config.brokers[index];
  if constexpr (std::is_same_v<Table, Upstream>) return config.upstreams[index];
  if constexpr (std::is_same_v<Table, Stream>) return config.streams[index];
}

/// Ties a row to a member: bound<&Mqtt::listen>({.section = "mqtt", .key = "listen", ...}).
template <auto Member>
constexpr Property bound(Property row) {
  return []<class Table, class T>(Property property, T Table::*) {
    property.get = [](const Config& config, std::size_t index) {
      return to_value(table_of<Table>(config, index).*Member);
    };
    property.set = [](Config& config, std::size_t index, const Value& value) {
      assign(table_of<Table>(config, index).*Member, value);
    };
    return property;
  }(row, Member);
}

}  // namespace tidegate::config
