#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "gateway/control/status.hpp"

namespace tidegate::cli {

/// A status for people: one subject a line. Bytes that would steer the terminal are shown as '?': topics come from
/// whoever publishes.
std::string status_text(const control::Status& status);

/// The same in one line for logs; with the messages received since `before`, the status one step earlier.
std::string status_line(const control::Status& status, const control::Status& before);

/// "1,204".
std::string with_commas(std::uint64_t number);

/// "1 message", "1,204 messages".
std::string counted(std::uint64_t count, std::string_view noun);

/// Three digits are enough to see: "1.23 MB".
std::string rough_bytes(std::uint64_t bytes);

}  // namespace tidegate::cli
