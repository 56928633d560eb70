#pragma once

#include <string>

#include "gateway/base/disk.hpp"

namespace tidegate {

/// The whole of a small text file (configuration, users). kTooLarge over `max_bytes`.
Result<std::string> read_text_file(Disk& disk, const std::string& path, std::size_t max_bytes = 1 << 20);

}  // namespace tidegate
