#include "gateway/base/version.hpp"

namespace tidegate {

constinit const std::string_view kVersion = TIDEGATE_VERSION;

}  // namespace tidegate
