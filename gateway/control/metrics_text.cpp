#include "gateway/control/metrics_text.hpp"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

namespace tidegate::control {
namespace {

prometheus::ClientMetric metric_of(const Sample& sample) {
  prometheus::ClientMetric metric;
  for (const auto& [name, value] : sample.labels) metric.label.push_back({name, value});
  metric.counter.value = sample.value;
  metric.gauge.value = sample.value;
  return metric;
}

}  // namespace

std::string metrics_text(const std::vector<Sample>& samples) {
  std::vector<prometheus::MetricFamily> families;
  for (const Sample& sample : samples) {
    if (families.empty() || families.back().name != sample.name) {
      const bool is_counter = sample.kind == Sample::Kind::kCounter;
      prometheus::MetricFamily family;
      family.name = sample.name;
      family.help = sample.help;
      family.type = is_counter ? prometheus::MetricType::Counter : prometheus::MetricType::Gauge;
      families.push_back(std::move(family));
    }
    families.back().metric.push_back(metric_of(sample));
  }
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace tidegate::control
