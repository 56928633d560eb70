#pragma once

#include <cstdint>

#include "gateway/base/bytes.hpp"

namespace tidegate {

/// CRC-32C (Castagnoli, RFC 3720 appendix B.4) of `bytes`, continuing from `crc` (0 to begin). Uses the processor's
/// instruction where there is one (SSE4.2, ARMv8 CRC) and a table otherwise; all agree.
std::uint32_t crc32c(Bytes bytes, std::uint32_t crc = 0);

/// The inverse: what crc32c() must have continued from, so that `bytes` end in `crc`. Byte by byte, by the table.
std::uint32_t crc32c_before(Bytes bytes, std::uint32_t crc);

/// The table variant, for comparison in tests.
std::uint32_t crc32c_portable(Bytes bytes, std::uint32_t crc = 0);

}  // namespace tidegate
