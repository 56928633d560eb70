#include <algorithm>
#include <boost/asio/steady_timer.hpp>

#include "gateway/base/version.hpp"
#include "gateway/north/grpc/grpc_upstream.hpp"
#include "gateway/north/kafka/kafka_upstream.hpp"
#include "gateway/programs/tidegated/gateway.hpp"

namespace tidegate::tidegated {

// What crashes it may be a message on its way out. Without the routes it lasts, and takes in what sensors have.
void Gateway::open_lines_unless_parked() {
  Gauge& parked = metrics_.gauge("tidegate_gateway_parked", "1 while nothing is carried upstream after three crashes");
  parked.set(crash_loop_->found() ? 1 : 0);
  if (!crash_loop_->found()) return open_lines();
  events_.error("gateway.parked",
                {{"why", "it crashed three times within gateway.crash_loop"}, {"to_go_on", "run tidegate resume"}});
}

std::string Gateway::resume() {
  if (!crash_loop_->found()) return "nothing is parked: the routes run";
  if (auto lifted = crash_loop_->lift(); !lifted)
    events_.warning("gateway.crashes_not_counted", {{"reason", lifted.error().message}});
  events_.info("gateway.resumed");
  open_lines_unless_parked();
  return "resumed: what is stored is carried upstream again";
}

void Gateway::open_lines() {
  if (!config_.upstreams.empty())
    dead_letter_.emplace(*store_, StreamIndex{static_cast<std::uint16_t>(config_.streams.size() + 1)}, gateway_id_);
  for (const config::Upstream& upstream : config_.upstreams) open_line(upstream);
}

void Gateway::open_line(const config::Upstream& upstream) {
  Line line;
  line.name = upstream.name;
  for (std::uint16_t i = 0; i < config_.streams.size(); ++i)
    if (const auto& to = config_.streams[i].to; std::find(to.begin(), to.end(), upstream.name) != to.end())
      line.streams.push_back({i});
  if (line.streams.empty()) {
    events_.warning("upstream.unused", {{"upstream", upstream.name}, {"why", "no stream names it in 'to'"}});
    return;
  }
  line.upstream = upstream.kafka.empty() ? make_grpc(upstream) : make_kafka(upstream);
  line.route = std::make_unique<north::Route>(north::RouteOptions{upstream.name, line.streams}, *store_, *line.upstream,
                                              events_, metrics_);
  line.route->park_in(*dead_letter_);
  line.route->correct_times(anchors_);
  line.route->start();
  lines_.push_back(std::move(line));
}

std::unique_ptr<north::Upstream> Gateway::make_grpc(const config::Upstream& upstream) {
  north::GrpcOptions options;
  options.name = upstream.name;
  options.target = upstream.grpc;
  options.tls = upstream.tls;
  options.ca_file = upstream.ca;
  options.gateway_id = gateway_id_;
  options.software = "tidegated " + std::string(kVersion);
  options.boot_id = clock_.boot_id();
  return north::make_grpc_upstream(std::move(options), executor_, after_timer(), random_, events_, metrics_);
}

std::unique_ptr<north::Upstream> Gateway::make_kafka(const config::Upstream& upstream) {
  north::KafkaOptions options;
  options.name = upstream.name;
  options.brokers = upstream.kafka;
  options.topic = upstream.topic;
  options.key = upstream.key;
  options.tls = upstream.tls;
  options.ca_file = upstream.ca;
  options.cert_file = upstream.cert;
  options.key_file = upstream.key_file;
  options.sasl = upstream.sasl;
  options.user = upstream.user;
  options.password_file = upstream.password_file;
  options.gateway_id = gateway_id_;
  return north::make_kafka_upstream(std::move(options), disk_, executor_, after_timer(), random_, events_, metrics_);
}

AfterTimer Gateway::after_timer() {
  return [this](std::chrono::milliseconds delay, std::function<void()> act) {
    auto timer = std::make_shared<boost::asio::steady_timer>(reactor_, delay);
    timer->async_wait([timer, act = std::move(act)](const boost::system::error_code& error) {
      if (!error) act();
    });
  };
}

}  // namespace tidegate::tidegated
