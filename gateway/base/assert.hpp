#pragma once

#include <string_view>

namespace tidegate {

/// Prints the place, the condition and the words, then aborts: a bug is stopped before it reaches the disk.
[[noreturn]] void assertion_failed(std::string_view condition, std::string_view words, std::string_view file, int line);

}  // namespace tidegate

/// A condition that only a bug can break; on in release builds. Never for input from outside.
#define TIDEGATE_ASSERT(condition, words)                                    \
  do {                                                                       \
    if (!(condition)) [[unlikely]]                                           \
      ::tidegate::assertion_failed(#condition, (words), __FILE__, __LINE__); \
  } while (false)
