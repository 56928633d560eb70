#include "gateway/base/assert.hpp"

#include <cstdio>
#include <cstdlib>

namespace tidegate {

void assertion_failed(std::string_view condition, std::string_view words, std::string_view file, int line) {
  std::fprintf(stderr, "tidegate: bug at %.*s:%d: %.*s (%.*s)\n", static_cast<int>(file.size()), file.data(), line,
               static_cast<int>(words.size()), words.data(), static_cast<int>(condition.size()), condition.data());
  std::abort();
}

}  // namespace tidegate
