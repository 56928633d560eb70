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
  std::string allow = "GET, HEAD";  ///< The methods that a 405 names.
};

/// What is asked, and what else of the request matters. Views.
struct Request {
  std::string_view method;
  std::string_view target;
  std::string_view host;              ///< Of the Host header; empty: none.
  bool is_from_this_machine = false;  ///< By the address of the peer.
  bool has_request_header = false;    ///< kRequestHeader, with any value.
};

/// Must be in a request that changes something. A page of another site can make a browser send a plain POST here, but
/// none with a header of this name without asking first (a CORS preflight, which is answered with 405).
inline constexpr std::string_view kRequestHeader = "Tidegate-Request";

/// Answers a request. GET and HEAD are known, and POST of /resume (405 else); a query after '?' is ignored; an unknown
/// path is 404. A POST that does not come from a program of this machine is 403.
Answer answer(const Request& request, const Metrics& metrics, const StatusSource& status, const Resume& resume);

}  // namespace tidegate::control
