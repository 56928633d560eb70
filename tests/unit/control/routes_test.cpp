#include "gateway/control/routes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/control/metrics_text.hpp"
#include "gateway/control/status_json.hpp"

namespace tidegate::control {
namespace {

using testing::HasSubstr;

Answer ask(std::string_view method, std::string_view target, const Status& status = {}) {
  Metrics metrics;
  metrics.counter("tidegate_mqtt_received_messages_total", "PUBLISH packets received").add(3);
  return answer(
      {.method = method, .target = target, .host = "localhost"}, metrics, [&] { return status; },
      [] {
        ADD_FAILURE() << "nobody asked for it";
        return std::string();
      });
}

Answer post_resume(const Request& request) {
  return answer(
      request, Metrics(), [] { return Status(); }, [] { return std::string("resumed"); });
}

TEST(Routes, HealthIsOkWhateverTheStatus) {
  EXPECT_EQ(ask("GET", "/healthz").status, 200U);
  EXPECT_EQ(ask("GET", "/healthz").body, "ok\n");
}

TEST(Routes, ReadinessNamesEveryReason) {
  Status status;
  status.not_ready_reasons = {"store: read-only", "mqtt: not listening"};
  EXPECT_EQ(ask("GET", "/readyz", status).status, 503U);
  EXPECT_EQ(ask("GET", "/readyz", status).body, "not ready\nstore: read-only\nmqtt: not listening\n");
  status = {};
  status.ready = true;
  EXPECT_EQ(ask("GET", "/readyz", status).status, 200U);
}

TEST(Routes, StatusIsJson) {
  Status status;
  status.gateway_id = "gw-7";
  const Answer page = ask("GET", "/status", status);
  EXPECT_EQ(page.content_type, "application/json");
  EXPECT_EQ(from_json(page.body)->gateway_id, "gw-7");
}

TEST(Routes, MetricsAreInTheTextFormat) {
  const Answer page = ask("GET", "/metrics");
  EXPECT_EQ(page.content_type, "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_THAT(page.body, HasSubstr("tidegate_mqtt_received_messages_total 3"));
}

TEST(Routes, AQueryDoesNotHideThePath) { EXPECT_EQ(ask("GET", "/healthz?verbose").status, 200U); }

TEST(Routes, HeadIsAnsweredAsGetAndNothingElseIs) {
  EXPECT_EQ(ask("HEAD", "/status").status, 200U);
  for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS", "get", "BREW"}) {
    EXPECT_EQ(ask(method, "/status").status, 405U) << method;
  }
}

TEST(Routes, ResumeIsForProgramsOfThisMachineThatMeanIt) {
  const Request right{.method = "POST",
                      .target = "/resume",
                      .host = "127.0.0.1:8420",
                      .is_from_this_machine = true,
                      .has_request_header = true};
  EXPECT_EQ(post_resume(right).status, 200U);
  EXPECT_EQ(post_resume(right).body, "resumed\n");
  for (const char* host : {"localhost", "localhost:8420", "127.0.0.2", "[::1]", "[::1]:8420"}) {
    Request request = right;
    request.host = host;
    EXPECT_EQ(post_resume(request).status, 200U) << host;
  }
  for (const char* host :
       {"", "evil.example", "evil.example:8420", "localhost.evil.example", "192.0.2.1", "[", "]:1"}) {
    Request request = right;
    request.host = host;
    EXPECT_EQ(post_resume(request).status, 403U) << host;
  }
  Request request = right;
  request.is_from_this_machine = false;
  EXPECT_EQ(post_resume(request).status, 403U);
  request = right;
  request.has_request_header = false;
  EXPECT_EQ(post_resume(request).status, 403U);
  for (const char* method : {"GET", "HEAD", "OPTIONS", "PUT"}) {
    request = right;
    request.method = method;
    EXPECT_EQ(post_resume(request).status, 405U) << method;
    EXPECT_EQ(post_resume(request).allow, "POST");
  }
}

TEST(Routes, OtherPathsAreNotThere) {
  for (const char* path : {"/", "", "*", "/statuses", "/status/", "//status", "/../status"}) {
    EXPECT_EQ(ask("GET", path).status, 404U) << path;
  }
}

TEST(MetricsText, AFamilyIsDescribedOnceAndItsLabelsEscaped) {
  EXPECT_EQ(metrics_text({{"tidegate_store_dropped_records_total",
                           "Records dropped",
                           Sample::Kind::kCounter,
                           {{"reason", "evicted"}, {"stream", "a\"b"}},
                           2},
                          {"tidegate_store_dropped_records_total",
                           "Records dropped",
                           Sample::Kind::kCounter,
                           {{"reason", "corrupt"}, {"stream", "c"}},
                           1},
                          {"tidegate_store_slots", "Slots in use", Sample::Kind::kGauge, {}, -1}}),
            "# HELP tidegate_store_dropped_records_total Records dropped\n"
            "# TYPE tidegate_store_dropped_records_total counter\n"
            "tidegate_store_dropped_records_total{reason=\"evicted\",stream=\"a\\\"b\"} 2\n"
            "tidegate_store_dropped_records_total{reason=\"corrupt\",stream=\"c\"} 1\n"
            "# HELP tidegate_store_slots Slots in use\n"
            "# TYPE tidegate_store_slots gauge\n"
            "tidegate_store_slots -1\n");
}

}  // namespace
}  // namespace tidegate::control
