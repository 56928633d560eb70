#include "gateway/programs/tidegated/gateway.hpp"

#include <signal.h>

#include <algorithm>
#include <boost/asio/post.hpp>

#include "gateway/base/address.hpp"
#include "gateway/programs/tidegated/board.hpp"

namespace tidegate::tidegated {

namespace {

// nohup(1) starts a program so that it outlives its terminal.
bool is_ignored(int signal) {
  struct sigaction action {};
  return sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

}  // namespace

Gateway::Gateway(config::Config config, std::string config_file, std::optional<south::Users> users, EventLog& events)
    : config_(std::move(config)),
      config_file_(std::move(config_file)),
      events_(events),
      started_(clock_.monotonic()),
      executor_([this](std::function<void()> turn) { boost::asio::post(reactor_, std::move(turn)); }),
      users_(std::move(users)) {
  const Board board = read_board();
  board_id_ = board.id;
  gateway_id_ = config_.gateway.id.empty() ? board.id : config_.gateway.id;
}

Gateway::~Gateway() = default;

Result<void> Gateway::open() {
  // From here on: a stop that comes while the store opens is a stop, not a crash.
  for (const int stop : {SIGTERM, SIGINT, SIGHUP})
    if (!is_ignored(stop)) signals_.add(stop);
  auto opened = open_parts();
  if (!opened && crash_loop_) (void)crash_loop_->end_with_error();
  return opened;
}

Result<void> Gateway::open_parts() {
  if (gateway_id_.empty())
    return Error{ErrorKind::kInvalid, "this board has neither a serial number nor /etc/machine-id: set gateway.id"};
  if (auto done = open_directory(); !done) return done;
  if (auto done = open_store(); !done) return done;
  if (auto done = open_sessions(); !done) {
    (void)store_->close();
    return done;
  }
  open_ingest();
  if (auto done = open_listeners(); !done) {
    (void)store_->close();
    return done;
  }
  clock_steps_.start();
  clock_watch_.begin();
  watch_ages();
  if (store_->is_read_only()) watch_disk();
  open_lines_unless_parked();
  open_brokers();
  return {};
}

Result<Gateway::Ending> Gateway::run() {
  signals_.async_wait([this](const boost::system::error_code& error, int) {
    if (!error) reactor_.stop();
  });
  announce();
  keep_watchdog();
  reactor_.run();
  events_.info("gateway.stopping");
  if (ending_ == Ending::kStopped) manager_.stopping();
  if (auto closed = close(); !closed) return closed.error();
  return ending_;
}

void Gateway::open_ingest() {
  ingest::IngestOptions options;
  for (std::uint16_t i = 0; i < config_.streams.size(); ++i) options.rules.push_back({{i}, config_.streams[i].topics});
  options.client_rate_per_s = config_.mqtt.client_rate_per_s;
  options.client_burst = config_.mqtt.client_burst != 0 ? config_.mqtt.client_burst : 10 * options.client_rate_per_s;
  hub::HubOptions local;
  local.queue_messages = config_.mqtt.max_queued;
  local.retained.messages = config_.mqtt.max_retained;
  hub_ = std::make_unique<hub::Hub>(local, *sessions_, metrics_);
  hub_->restore();
  ingest_ = std::make_unique<ingest::Ingest>(std::move(options), *store_, *sessions_, *hub_, clock_, metrics_);
}

Result<void> Gateway::open_listeners() {
  control_ = std::make_unique<control::ControlServer>(
      reactor_, control::ControlOptions{config_.control.listen}, metrics_, [this] { return status(); },
      [this] { return resume(); });
  if (auto listening = control_->listen(); !listening) return listening;
  if (config_.mqtt.listen.empty()) return {};
  south::MqttServerOptions options;
  options.listen = config_.mqtt.listen;
  options.max_connections = config_.mqtt.max_connections;
  options.limits.maximum_packet_size = max_packet_bytes();
  options.limits.receive_maximum = config_.mqtt.receive_maximum;
  options.refuse_close_after = config_.mqtt.refuse_close_after;
  mqtt_ = std::make_unique<south::MqttServer>(reactor_, std::move(options), users_ ? &*users_ : nullptr, *ingest_,
                                              *sessions_, *hub_, clock_, random_, events_, metrics_, executor_);
  return mqtt_->listen();
}

void Gateway::announce() {
  const std::string mqtt = mqtt_address();
  manager_.ready((mqtt.empty() ? "no MQTT listener" : "taking in MQTT on " + mqtt) +
                 (crash_loop_->found() ? ", carrying nothing upstream after three crashes" : ""));
  const auto where = parse_host_port(mqtt);
  if (where && is_loopback(where->host))
    events_.info("mqtt.loopback_only",
                 {{"listen", mqtt},
                  {"why",
                   "only this machine can connect: to let sensors in, set mqtt.listen = '0.0.0.0:1883' and "
                   "mqtt.users in " +
                       config_file_}});
  if (config_.streams.empty())
    events_.warning("gateway.no_stream", {{"why",
                                           "messages are acknowledged, counted and not kept: write [upstream.NAME] "
                                           "and [stream.NAME] into " +
                                               config_file_}});
}

// The reactor is alive when this runs. The disk thread is given as long as the kernel gives a task before it calls it
// hung (hung_task_timeout_secs): a card that is busy with itself takes seconds, and a restart would only make it
// busier.
void Gateway::keep_watchdog() {
  constexpr std::chrono::seconds kHungDisk{120};
  if (manager_.watchdog().count() == 0) return;
  if (store_->in_disk() < kHungDisk) manager_.alive();
  watchdog_.expires_after(manager_.watchdog() / 2);
  watchdog_.async_wait([this](const boost::system::error_code& error) {
    if (!error) keep_watchdog();
  });
}

// The record is tried again while the state stream has no room; until a start needs it, memory will do.
void Gateway::look_at_clock() {
  clock_synchronised_.set(clock_.quality() == TimeQuality::kSynchronised ? 1 : 0);
  if (const auto anchor = anchors_.look()) {
    anchor_noted_ = false;
    events_.info("clock.known", {{"why", "times of messages from before are corrected on their way upstream"}});
    for (Line& line : lines_) line.route->on_anchor(*anchor);
  }
  if (const TimeAnchor* anchor = anchors_.of(clock_.boot_id()); anchor != nullptr && !anchor_noted_)
    anchor_noted_ = sessions_->note(*anchor).ok();
}

// What is under way would be sent again after the next start, over a link that may cost money.
void Gateway::await_confirmations() {
  constexpr std::chrono::seconds kLongest{1};
  const auto wanted = [](const Line& line) { return line.route->has_under_way(); };
  const Monotonic until = clock_.monotonic() + kLongest;
  for (Line& line : lines_) line.route->finish();
  reactor_.restart();
  while (std::any_of(lines_.begin(), lines_.end(), wanted) && clock_.monotonic() < until)
    reactor_.run_one_for(until - clock_.monotonic());
}

// Nothing new comes in, what came in becomes durable, what is durable is acknowledged; then the doors close.
Result<void> Gateway::close() {
  if (mqtt_) mqtt_->stop_reading();
  for (const auto& broker : brokers_) broker->stop_reading();
  control_->close();
  await_confirmations();
  for (Line& line : lines_) {
    line.route->close();
    line.upstream->close();
  }
  auto closed = store_->close();
  if (mqtt_) mqtt_->close();
  for (const auto& broker : brokers_) broker->close();
  (void)(closed ? crash_loop_->end_cleanly() : crash_loop_->end_with_error());
  if (closed) events_.info("gateway.stopped");
  return closed;
}

std::string Gateway::control_address() const {
  const auto where = parse_host_port(config_.control.listen);
  return where && control_ ? to_string(HostPort{where->host, control_->port()}) : "";
}

}  // namespace tidegate::tidegated
