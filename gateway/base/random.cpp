#include "gateway/base/random.hpp"

#include <sys/random.h>

#include "gateway/base/assert.hpp"

namespace tidegate {

void SystemRandom::fill(std::span<std::byte> out) {
  while (!out.empty()) {
    const ssize_t got = getrandom(out.data(), out.size(), 0);
    TIDEGATE_ASSERT(got > 0, "getrandom failed: the kernel offers no randomness");
    out = out.subspan(static_cast<std::size_t>(got));
  }
}

}  // namespace tidegate
