#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "gateway/base/result.hpp"

namespace tidegate::config {

/// Bytes of a size: "64 KiB", "1.5 GB", "500MB". A unit is required; KB, MB, GB, TB are powers of 1000, KiB, MiB, GiB,
/// TiB of 1024.
Result<std::uint64_t> parse_size(std::string_view text);
/// Milliseconds of a duration: "200 ms", "30 s", "5 min", "2 h", "1 d". A unit is required.
Result<std::uint64_t> parse_duration_ms(std::string_view text);
/// Times a second of a rate: "10/s", "90/min", "600/h".
Result<double> parse_rate_per_s(std::string_view text);

/// The shortest text that parses to exactly this.
std::string format_size(std::uint64_t bytes);
std::string format_duration_ms(std::uint64_t milliseconds);
std::string format_rate_per_s(double per_second);
/// "10", "0.5": without trailing zeros.
std::string format_number(double number);

}  // namespace tidegate::config
