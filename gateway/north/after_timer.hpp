#pragma once

#include <chrono>
#include <functional>

namespace tidegate::north {

/// Calls a function once on the reactor, not before the delay has passed. The function may outlive the upstream.
using AfterTimer = std::function<void(std::chrono::milliseconds, std::function<void()>)>;

}  // namespace tidegate::north
