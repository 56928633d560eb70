#pragma once

#include <functional>

namespace tidegate {

/// Runs a function later on the reactor's thread, in order of the calls. Any thread may call it; it never blocks and
/// never runs the function inside the call. The only way from another thread back to the reactor.
using Executor = std::function<void(std::function<void()>)>;

}  // namespace tidegate
