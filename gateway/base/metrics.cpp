#include "gateway/base/metrics.hpp"

#include <algorithm>

namespace tidegate {

Counter& Metrics::counter(const std::string& name, const std::string& help, const Labels& labels) {
  const std::lock_guard lock(mutex_);
  auto& family = counters_[name];
  family.help = help;
  return family.members[labels];
}

Gauge& Metrics::gauge(const std::string& name, const std::string& help, const Labels& labels) {
  const std::lock_guard lock(mutex_);
  auto& family = gauges_[name];
  family.help = help;
  return family.members[labels];
}

std::vector<Sample> Metrics::collect() const {
  const std::lock_guard lock(mutex_);
  std::vector<Sample> samples;
  for (const auto& [name, family] : counters_)
    for (const auto& [labels, member] : family.members)
      samples.push_back({name, family.help, Sample::Kind::kCounter, labels, static_cast<double>(member.value())});
  for (const auto& [name, family] : gauges_)
    for (const auto& [labels, member] : family.members)
      samples.push_back({name, family.help, Sample::Kind::kGauge, labels, static_cast<double>(member.value())});
  std::stable_sort(samples.begin(), samples.end(), [](const Sample& a, const Sample& b) { return a.name < b.name; });
  return samples;
}

}  // namespace tidegate
