#pragma once

#include <chrono>
#include <string>

#include "gateway/base/address.hpp"
#include "gateway/base/result.hpp"

namespace tidegate::cli {

/// The body of http://address/target, if the answer is 200. Blocks, at most about `timeout`. kUnavailable: nobody
/// answers there; kInvalid: somebody else does, or it refuses; the message is its answer.
Result<std::string> http_get(const HostPort& address, const std::string& target, std::chrono::milliseconds timeout);

/// The same with POST, as the control interface wants it from a program.
Result<std::string> http_post(const HostPort& address, const std::string& target, std::chrono::milliseconds timeout);

}  // namespace tidegate::cli
