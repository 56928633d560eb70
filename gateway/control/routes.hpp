#pragma once

#include <string>
#include <string_view>

#include "gateway/base/metrics.hpp"
#include "gateway/control/status.hpp"

namespace tidegate::control {

/// What an HTTP answer says, before it is one.
struct Answer {
  unsigned status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
};

/// Answers a request. Only GET and HEAD are known (405); a query after '?' is ignored; an unknown path is 404.
Answer answer(std::string_view method, std::string_view target, const Metrics& metrics, const StatusSource& status);

}  // namespace tidegate::control
