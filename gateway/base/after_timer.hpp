#pragma once

#include <chrono>
#include <functional>

namespace tidegate {

/// Calls a function once on the reactor, not before the delay has passed. The function may outlive who asked.
using AfterTimer = std::function<void(std::chrono::milliseconds, std::function<void()>)>;

}  // namespace tidegate
