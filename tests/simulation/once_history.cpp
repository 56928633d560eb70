#include "tests/simulation/once_history.hpp"

#include <algorithm>
#include <memory>

#include "gateway/hub/hub.hpp"
#include "gateway/ingest/ingest.hpp"
#include "gateway/sessions/sessions.hpp"
#include "tests/simulation/once_peers.hpp"
#include "tests/simulation/shared_disk.hpp"
#include "tests/unit/support/turns.hpp"

namespace tidegate::simulation {

namespace {

constexpr std::size_t kMessages = 24;
constexpr std::uint32_t kSlotBytes = 64 << 10;
constexpr StreamIndex kSensors{0};
constexpr StreamIndex kState{1};
constexpr std::chrono::seconds kExpiry{3600};
constexpr int kMostTries = 50;

store::StoreOptions store_options() {
  store::StoreOptions options;
  options.log.directory = "/var/store";
  options.log.board_id = "board";
  options.log.slot_bytes = kSlotBytes;
  options.log.pool_bytes = 12 * kSlotBytes;
  options.log.streams = {
      {"sensors", 2 * kSlotBytes, store::WhenFull::kRefuse, {"cloud"}},
      {std::string(sessions::kStateStream),
       2 * kSlotBytes,
       store::WhenFull::kRefuse,
       {std::string(sessions::kStateReader)}},
  };
  return options;
}

/// Snapshots after every few messages.
sessions::SessionLimits session_limits(const OnceOptions& options) {
  sessions::SessionLimits limits;
  limits.bytes = kSlotBytes / 2;
  limits.outbound.at_a_time = OnceSubscriber::kAtATime;
  if (options.overflows) limits.outbound.messages = 2 * OnceSubscriber::kAtATime;
  limits.snapshot = {.tail_bytes = 64 << 10, .tail_records = 20};
  return limits;
}

/// All of a gateway between two power cuts. Members end in the order in which they need each other.
struct Gateway {
  std::unique_ptr<store::Store> store;
  std::optional<sessions::Sessions> sessions;
  std::optional<hub::Hub> hub;
  std::optional<ingest::Ingest> ingest;
  std::unique_ptr<hub::Subscriber> subscriber;
  ingest::Source from_publisher;
  ingest::Source from_subscriber;

  ~Gateway() {
    if (store) (void)store->close();
  }
};

class OnceHistory {
 public:
  explicit OnceHistory(const OnceOptions& options)
      : options_(options),
        random_(options.seed),
        sim_disk_({.seed = random_.next()}),
        disk_(sim_disk_, [this] { turns_.executor()([] {}); }) {}

  OnceOutcome run();

 private:
  bool live();
  bool open();
  bool connect();
  bool exchange();
  bool say(ingest::Source& source, const std::vector<ingest::Incoming>& said);
  bool await(store::Ticket ticket);
  sessions::Session* enter(const std::string& client);
  void restore_power();
  std::optional<std::string> judge();
  std::optional<std::string> collected(std::vector<std::string>& payloads);

  const OnceOptions options_;
  SeededRandom random_;
  SimDisk sim_disk_;
  test::Turns turns_;
  SharedDisk disk_;
  test::ManualClock clock_;
  SilentLog events_;
  std::unique_ptr<Metrics> metrics_;
  std::optional<TimeAnchors> anchors_;
  std::unique_ptr<Gateway> gateway_;
  store::Ticket last_asked_;  // of what the clients said
  OncePublisher publisher_{kMessages};
  OnceSubscriber subscriber_;
  OnceOutcome outcome_;
};

OnceOutcome OnceHistory::run() {
  (void)sim_disk_.create_directory("/var");
  (void)sim_disk_.sync_directory("/");
  if (options_.cut_at != 0) sim_disk_.cut_within(options_.cut_at);
  for (int tries = 0; !live(); ++tries) {
    gateway_.reset();
    if (tries == kMostTries) {
      outcome_.violation = "does not come to an end";
      return outcome_;
    }
    restore_power();
  }
  outcome_.violation = judge();
  gateway_.reset();
  outcome_.calls = sim_disk_.counters().calls;
  return outcome_;
}

/// Until nobody has anything to say any more. False: the power has gone.
bool OnceHistory::live() {
  if (!open() || !connect()) return false;
  while (true) {
    while (!publisher_.says().empty() || !subscriber_.says().empty())
      if (!exchange()) return false;
    if (!await(last_asked_) || !exchange()) return false;
    if (publisher_.done() && subscriber_.says().empty()) return disk_.stay_powered();
  }
}

bool OnceHistory::open() {
  metrics_ = std::make_unique<Metrics>();
  anchors_.emplace(clock_);
  gateway_ = std::make_unique<Gateway>();
  last_asked_ = {};
  Gateway& now = *gateway_;
  auto opened = store::Store::open(store_options(), disk_, clock_, random_, events_, *metrics_, turns_.executor());
  if (!opened) return false;
  now.store = std::move(*opened);
  now.sessions.emplace(session_limits(options_), *now.store, kState, clock_, *anchors_, events_, *metrics_);
  if (!options_.forgets_sessions && !now.sessions->load()) return false;
  if (now.store->position(kState, std::string(sessions::kStateReader), Lane{}).value > 0) ++outcome_.snapshots;
  now.hub.emplace(hub::HubOptions{}, *now.sessions, *metrics_);
  now.hub->restore();
  now.ingest.emplace(ingest::IngestOptions{{{kSensors, {"sensors/#"}}}, 0, 0}, *now.store, *now.sessions, *now.hub,
                     clock_, *metrics_);
  now.store->on_durable([this](store::Ticket) { gateway_->ingest->on_durable(); });
  now.store->on_room([this] { gateway_->ingest->on_room(); });
  return disk_.powered();
}

/// Both clients, with the sessions that they had; the subscriber subscribes if it had none.
bool OnceHistory::connect() {
  Gateway& now = *gateway_;
  subscriber_.lose_connection();
  now.from_publisher = now.ingest->source("publisher");
  now.from_publisher.session = enter("publisher");
  now.from_subscriber = now.ingest->source("subscriber");
  now.from_subscriber.session = enter("subscriber");
  now.subscriber = now.hub->resume(*now.from_subscriber.session, subscriber_);
  if (now.from_subscriber.session->subscriptions().empty()) (void)now.subscriber->subscribe("#", {.maximum_qos = 2});
  return await(now.sessions->noted());
}

sessions::Session* OnceHistory::enter(const std::string& client) {
  sessions::Session* session = gateway_->sessions->find(client);
  if (session == nullptr) session = gateway_->sessions->begin(client, kExpiry);
  sessions::Sessions::arrive(*session);
  return session;
}

/// Each client says what it has to say, and hears the answers.
bool OnceHistory::exchange() {
  Gateway& now = *gateway_;
  if (const auto said = publisher_.says(); !said.empty()) {
    if (!say(now.from_publisher, said)) return false;
    publisher_.hears();
  }
  turns_.run_queued();
  (void)now.subscriber->resume();
  if (const auto said = subscriber_.says(); !said.empty()) {
    if (!say(now.from_subscriber, said)) return false;
    subscriber_.hears();
  }
  return disk_.powered();
}

bool OnceHistory::say(ingest::Source& source, const std::vector<ingest::Incoming>& said) {
  const ingest::Taken taken = gateway_->ingest->publish(source, said);
  if (taken.count != said.size()) return false;
  last_asked_ = std::max(last_asked_, taken.ticket);
  return options_.answers_early || await(taken.ticket);
}

bool OnceHistory::await(store::Ticket ticket) {
  gateway_->store->submit();
  turns_.run_until([&] { return gateway_->store->durable() >= ticket || !disk_.powered(); });
  return gateway_->store->durable() >= ticket;
}

void OnceHistory::restore_power() {
  if (!sim_disk_.powered()) {
    ++outcome_.cuts;
    random_.once_in(3) ? sim_disk_.restart_program() : sim_disk_.restore_power();
  }
  if (random_.once_in(2)) sim_disk_.cut_within(random_.between(1, 40));
}

std::optional<std::string> OnceHistory::judge() {
  std::vector<std::string> expected;
  for (std::size_t i = 0; i < kMessages; ++i) expected.push_back(std::to_string(i));
  const auto differs = [&](const std::vector<std::string>& got) -> std::optional<std::string> {
    if (got == expected) return std::nullopt;
    std::string all;
    for (const std::string& one : got) all += " " + one;
    return all;
  };
  const std::vector<std::string>& delivered = subscriber_.delivered();
  const auto is_later = [](const std::string& a, const std::string& b) { return std::stoul(a) >= std::stoul(b); };
  const bool in_order = std::ranges::adjacent_find(delivered, is_later) == delivered.end();
  if (const auto got = differs(delivered); got && !(options_.overflows && in_order)) return "the subscriber got" + *got;
  std::vector<std::string> stored;
  if (auto failed = collected(stored)) return failed;
  if (const auto got = differs(stored)) return "the stream has" + *got;
  return std::nullopt;
}

std::optional<std::string> OnceHistory::collected(std::vector<std::string>& payloads) {
  for (Offset from{};;) {
    const auto batch = gateway_->store->read_now(kSensors, from, 1 << 20);
    if (!batch) return "cannot be read: " + batch.error().message;
    if (batch->next == from) return std::nullopt;
    for (const store::Record& record : batch->records) payloads.emplace_back(as_text(record.message.payload));
    from = batch->next;
  }
}

}  // namespace

OnceOutcome run_once_history(const OnceOptions& options) { return OnceHistory(options).run(); }

}  // namespace tidegate::simulation
