#pragma once

#include <cstdint>

#include "gateway/base/result.hpp"

namespace tidegate::store {

/// Versions of the format. A pool is of the one in its manifest: what is in it may be of that or an earlier one.
inline constexpr std::uint16_t kFirstFormat = 1;
inline constexpr std::uint16_t kCompressingFormat = 2;  ///< The first one whose frames may be compressed.
/// This program reads and writes every format up to here, and tells a later one from rot.
inline constexpr std::uint16_t kNewestFormat = 2;

/// kUnsupported, for what is of a format beyond kNewestFormat.
Error later_format(std::uint16_t format);

}  // namespace tidegate::store
