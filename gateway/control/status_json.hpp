#pragma once

#include <string>
#include <string_view>

#include "gateway/base/result.hpp"
#include "gateway/control/status.hpp"

namespace tidegate::control {

/// One JSON object; its members are named as those of Status.
std::string to_json(const Status& status);

/// The reverse. kInvalid if it is not a status, or one of another version with other members.
Result<Status> from_json(std::string_view text);

}  // namespace tidegate::control
