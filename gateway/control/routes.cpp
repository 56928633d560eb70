#include "gateway/control/routes.hpp"

#include <algorithm>
#include <array>

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

}  // namespace

Answer answer(std::string_view method, std::string_view target, const Metrics& metrics, const StatusSource& status) {
  const std::string_view path = target.substr(0, target.find('?'));
  const auto* route = std::find_if(kRoutes.begin(), kRoutes.end(), [&](const Route& r) { return r.path == path; });
  if (route == kRoutes.end()) {
    return {.status = 404, .body = "not here; there are /status, /metrics, /healthz and /readyz\n"};
  }
  if (method != "GET" && method != "HEAD") return {.status = 405, .body = "only GET and HEAD\n"};
  return route->page(metrics, status);
}

}  // namespace tidegate::control
