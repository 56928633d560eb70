#pragma once

#include <iosfwd>
#include <string_view>

#include "gateway/base/result.hpp"
#include "tests/fleet/verify.hpp"

namespace tidegate::fleet {

/// One line of `tidegate-collector export --format jsonl`.
Result<DeliveredMessage> parse_exported(std::string_view line);

/// Compares a journal with an export. Not ok: one of them cannot be read.
Result<Verdict> verify(std::istream& journal, std::istream& exported);

}  // namespace tidegate::fleet
