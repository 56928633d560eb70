#include "gateway/store/format_version.hpp"

#include <string>

namespace tidegate::store {

Error later_format(std::uint16_t format) {
  return {ErrorKind::kUnsupported, "the pool is of format " + std::to_string(format) +
                                       ", and this version of Tidegate reads formats up to " +
                                       std::to_string(kNewestFormat)};
}

}  // namespace tidegate::store
