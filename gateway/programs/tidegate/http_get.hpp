#pragma once

#include <chrono>
#include <string>

#include "gateway/base/address.hpp"
#include "gateway/base/result.hpp"

namespace tidegate::cli {

/// The body of http://address/target, if the answer is 200. Blocks, at most about `timeout`. kUnavailable: nobody
/// answers there; kInvalid: somebody else does.
Result<std::string> http_get(const HostPort& address, const std::string& target, std::chrono::milliseconds timeout);

}  // namespace tidegate::cli
