#include <algorithm>

#include "gateway/base/version.hpp"
#include "gateway/programs/tidegated/gateway.hpp"

namespace tidegate::tidegated {

namespace {

/// Sums of all figures of one name, whatever their labels.
class Figures {
 public:
  explicit Figures(const Metrics& metrics) : samples_(metrics.collect()) {}

  [[nodiscard]] std::uint64_t sum(std::string_view name, const Labels& labels = {}) const {
    double sum = 0;
    for (const Sample& sample : samples_)
      if (sample.name == name &&
          std::includes(sample.labels.begin(), sample.labels.end(), labels.begin(), labels.end()))
        sum += sample.value;
    return static_cast<std::uint64_t>(sum);
  }

  /// Values of one name by their label `by`, for the samples with these labels.
  [[nodiscard]] std::map<std::string, std::uint64_t> by(std::string_view name, const std::string& label,
                                                        const Labels& labels) const {
    std::map<std::string, std::uint64_t> values;
    for (const Sample& sample : samples_)
      if (sample.name == name && sample.labels.contains(label) && sample.value > 0 &&
          std::includes(sample.labels.begin(), sample.labels.end(), labels.begin(), labels.end()))
        values[sample.labels.at(label)] += static_cast<std::uint64_t>(sample.value);
    return values;
  }

 private:
  std::vector<Sample> samples_;
};

control::UnmatchedStatus unmatched_status(const ingest::Unmatched& unmatched) {
  control::UnmatchedStatus status;
  status.messages = unmatched.messages();
  status.topic_count = unmatched.topics();
  status.other_messages = unmatched.others();
  for (const auto& topic : unmatched.busiest(10)) status.topics.push_back({topic.name, topic.messages});
  return status;
}

control::StreamStatus stream_status(const store::StreamOptions& options, const store::StreamState& state,
                                    Offset confirmed, const Figures& figures) {
  control::StreamStatus status;
  status.name = options.name;
  status.first = state.first.value;
  status.next = state.next.value;
  const Offset owed = std::max(confirmed, state.owed);
  status.backlog_records = state.next > owed ? state.next - owed : 0;
  status.live_bytes = state.live_bytes;
  status.quota_bytes = options.quota_bytes;
  status.dropped = figures.by("tidegate_store_dropped_records_total", "reason", {{"stream", options.name}});
  return status;
}

}  // namespace

control::Status Gateway::status() const {
  const Figures figures(metrics_);
  control::Status status;
  status.version = kVersion;
  status.gateway_id = gateway_id_;
  status.uptime_s = static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::seconds>(clock_.monotonic() - started_).count());
  status.store = {store_->trouble(), figures.sum("tidegate_store_device_bytes_total"),
                  figures.sum("tidegate_store_payload_bytes_total"), figures.sum("tidegate_store_flushes_total"),
                  store_->notices()};
  if (!status.store.trouble.empty()) status.not_ready_reasons.push_back("store: " + status.store.trouble);
  status.parked = crash_loop_->found();
  if (status.parked)
    status.not_ready_reasons.emplace_back(
        "parked after three crashes: messages are taken in and kept, nothing is carried upstream; see the log for the "
        "cause, then run tidegate resume");
  status.ready = status.not_ready_reasons.empty();
  if (mqtt_) {
    const auto& counters = mqtt_->counters();
    status.mqtt = {mqtt_->address(), mqtt_->connections(), counters.received.value(), counters.acknowledged.value(),
                   figures.sum("tidegate_ingest_dropped_messages_total")};
    const auto micros = [&](double q) {
      return static_cast<std::uint64_t>(counters.acknowledgement.quantile(q).count());
    };
    status.ack_latency = {micros(0.5), micros(0.99)};
  }
  for (const auto& broker : brokers_) {
    const auto& counters = broker->counters();
    status.brokers.push_back({broker->name(), broker->state(), counters.received.value(), counters.acknowledged.value(),
                              counters.too_large.value()});
  }
  status.unmatched = unmatched_status(ingest_->unmatched());
  for (std::uint16_t i = 0; i < store_->streams().size(); ++i) {
    const store::StreamOptions& options = store_->streams()[i];
    const store::StreamState state = store_->state({i});
    if (options.name == sessions::kStateStream) continue;
    if (options.name == north::kDeadLetterStream) {
      status.dead_letter = {state.next.value, state.live_bytes, options.quota_bytes};
      continue;
    }
    Offset confirmed = options.upstreams.empty() ? state.first : state.next;
    for (const std::string& upstream : options.upstreams)
      confirmed = std::min(confirmed, std::max(state.first, store_->position({i}, upstream, Lane{})));
    status.streams.push_back(stream_status(options, state, confirmed, figures));
  }
  for (const Line& line : lines_) {
    control::UpstreamStatus upstream;
    upstream.name = line.name;
    upstream.state = line.upstream->state();
    upstream.bytes = figures.sum("tidegate_upstream_bytes_total", {{"upstream", upstream.name}});
    for (const StreamIndex stream : line.streams)
      upstream.streams.push_back(
          {store_->streams()[stream.value].name, store_->position(stream, upstream.name, Lane{}).value});
    status.upstreams.push_back(std::move(upstream));
  }
  return status;
}

}  // namespace tidegate::tidegated
