#include "gateway/control/routes.hpp"

#include <algorithm>
#include <array>

#include "gateway/base/address.hpp"
#include "gateway/control/metrics_text.hpp"
#include "gateway/control/status_json.hpp"

namespace tidegate::control {
namespace {

Answer metrics_page(const Metrics& metrics, const StatusSource&) {
  return {.status = 200, .content_type = kMetricsContentType, .body = metrics_text(metrics.collect())};
}

// That this is answered at all is the news: the reactor runs.
Answer health(const Metrics&, const StatusSource&) { return {.body = "ok\n"}; }

Answer readiness(const Metrics&, const StatusSource& source) {
  const Status status = source();
  if (status.ready) return {.body = "ready\n"};
  std::string body = "not ready\n";
  for (const std::string& reason : status.not_ready_reasons) body += reason + "\n";
  return {.status = 503, .body = body};
}

Answer status_page(const Metrics&, const StatusSource& source) {
  return {.status = 200, .content_type = "application/json", .body = to_json(source())};
}

struct Route {
  std::string_view path;
  Answer (*page)(const Metrics& metrics, const StatusSource& status);
};
constexpr std::array kRoutes{Route{"/metrics", metrics_page}, Route{"/healthz", health}, Route{"/readyz", readiness},
                             Route{"/status", status_page}};

constexpr std::string_view kResumePath = "/resume";

// A name in Host may be one of a site that made it point here (DNS rebinding): its page would not need to ask first.
bool names_this_machine(std::string_view host) {
  const bool has_port = host.find(':') != host.npos && !host.ends_with(']');
  const auto address = parse_host_port(std::string(host) + (has_port ? "" : ":80"));
  return address && (address->host == "localhost" || is_loopback(address->host));
}

Answer resume_page(const Request& request, const Resume& resume) {
  if (request.method != "POST") return {.status = 405, .body = "only POST\n", .allow = "POST"};
  if (!request.is_from_this_machine || !names_this_machine(request.host))
    return {.status = 403, .body = "only from the gateway's own machine: run tidegate resume there\n"};
  if (!request.has_request_header)
    return {.status = 403, .body = "without the header " + std::string(kRequestHeader) + " nothing is changed\n"};
  return {.body = resume() + "\n"};
}

}  // namespace

Answer answer(const Request& request, const Metrics& metrics, const StatusSource& status, const Resume& resume) {
  const std::string_view path = request.target.substr(0, request.target.find('?'));
  if (path == kResumePath) return resume_page(request, resume);
  const auto* route = std::find_if(kRoutes.begin(), kRoutes.end(), [&](const Route& r) { return r.path == path; });
  if (route == kRoutes.end()) {
    return {.status = 404, .body = "not here; there are /status, /metrics, /healthz, /readyz and /resume\n"};
  }
  if (request.method != "GET" && request.method != "HEAD") return {.status = 405, .body = "only GET and HEAD\n"};
  return route->page(metrics, status);
}

}  // namespace tidegate::control
