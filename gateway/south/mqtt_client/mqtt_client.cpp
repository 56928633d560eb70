#include "gateway/south/mqtt_client/mqtt_client.hpp"

#include <algorithm>
#include <utility>

#include "gateway/base/text_file.hpp"

namespace tidegate::south {
namespace {

constexpr std::uint32_t kNeverExpires = UINT32_MAX;  // of a session (MQTT 5.0 section 3.1.2.11.2)
constexpr std::uint16_t kSubscribeId = 1;            // the only packet that we send and the broker answers
constexpr int kMostSilentPings = 2;
constexpr const char* kSendsQos2 = " sends QoS 2, which was not asked for";

Result<std::string> read_password(Disk& disk, const std::string& file) {
  if (file.empty()) return std::string();
  auto password = read_text_file(disk, file);
  if (!password) return password;
  while (password->ends_with('\n') || password->ends_with('\r')) password->pop_back();
  return password;
}

}  // namespace

MqttClient::MqttClient(MqttClientOptions options, Connector connector, ingest::Ingest& ingest, Disk& disk,
                       AfterTimer after, Random& random, EventLog& events, Metrics& metrics)
    : options_(std::move(options)),
      connector_(std::move(connector)),
      disk_(disk),
      after_(std::move(after)),
      events_(events),
      counters_(metrics, options_.name),
      backoff_(options_.backoff_min, options_.backoff_max, random),
      intake_(
          ingest, options_.name, counters_, [this] { acknowledge(); }, [this] { understand(); }) {}

MqttClient::~MqttClient() = default;

void MqttClient::start() { connect(); }

std::string MqttClient::state() const {
  if (!connected_) return why_away_;
  if (intake_.holds_back()) return "connected, but the store has no room: the broker keeps what comes";
  return refused_.empty() ? "connected" : "connected, but " + refused_;
}

void MqttClient::connect() {
  attempt_ = std::make_shared<const bool>(true);
  transport_ = connector_(*this);
  transport_->open();
  later(options_.answer_within, [this] {
    if (!connected_) lose(broker() + " does not answer");
  });
}

void MqttClient::on_open() {
  const auto password = read_password(disk_, options_.password_file);
  if (!password) return lose(password.error().message);
  mqtt::Connect greeting;
  greeting.version = mqtt::Version::k5;
  greeting.client_id = options_.client_id;
  if (!options_.user.empty()) greeting.user_name = options_.user;
  if (!options_.password_file.empty()) greeting.password = as_bytes(*password);
  greeting.keep_alive = options_.keep_alive;
  greeting.clean_start = false;
  greeting.session_expiry_s = kNeverExpires;
  greeting.receive_maximum = options_.receive_maximum;
  Buffer out;
  mqtt::encode_connect(greeting, out);
  transport_->write(out);
  transport_->read();
}

void MqttClient::on_bytes(Bytes bytes) {
  if (closing_) return;
  silent_pings_ = 0;
  append(partial_, skip(bytes));
  understand();
}

// What follows the end of a packet that is too large.
Bytes MqttClient::skip(Bytes bytes) {
  if (!skipped_) return bytes;
  const std::size_t here = std::min(bytes.size(), skipped_->missing);
  skipped_->missing -= here;
  if (skipped_->missing == 0) {
    intake_.add_too_large(skipped_->qos, skipped_->packet_id);
    skipped_.reset();
  }
  return bytes.subspan(here);
}

void MqttClient::on_lost(const std::string& why) { lose(why); }

// What is owed to this connection cannot be acknowledged any more; the broker sends it again.
void MqttClient::lose(const std::string& why) {
  if (closing_) return;
  if (connected_ || why != why_away_) events_.warning("broker.away", {{"broker", options_.name}, {"why", why}});
  intake_.forget();
  partial_.clear();
  skipped_.reset();
  connected_ = false;
  counters_.connected.set(0);
  why_away_ = why;
  transport_.reset();
  attempt_ = std::make_shared<const bool>(true);
  later(backoff_.next(), [this] { connect(); });
}

// All PUBLISH packets of the read are one call of ingest. If the connection turns out to be over, those of QoS 1 are
// left to the broker, which sends them again.
void MqttClient::understand() {
  Bytes input(partial_);
  while (true) {
    const mqtt::ClientEvent event = mqtt::decode_from_server(input, mqtt::Version::k5, options_.max_packet_bytes);
    if (std::holds_alternative<mqtt::NeedMore>(event)) break;
    if (const std::string over = handle(event); !over.empty()) return lose(over);
  }
  intake_.offer();
  acknowledge();
  partial_.erase(partial_.begin(), partial_.end() - static_cast<std::ptrdiff_t>(input.size()));
  if (!intake_.holds_back()) transport_->read();
}

// Says why the connection is over, if it is.
std::string MqttClient::handle(const mqtt::ClientEvent& event) {
  if (const auto* publish = std::get_if<mqtt::Publish>(&event)) return handle(*publish);
  if (const auto* publish = std::get_if<mqtt::TooLarge>(&event)) return handle(*publish);
  if (const auto* connack = std::get_if<mqtt::Connack>(&event)) return handle(*connack);
  if (const auto* suback = std::get_if<mqtt::Suback>(&event)) handle(*suback);
  if (const auto* disconnect = std::get_if<mqtt::ServerDisconnect>(&event)) {
    const bool taken_over = disconnect->reason == mqtt::Reason::kSessionTakenOver;
    return broker() + " ended the connection (" + std::string(mqtt::to_string(disconnect->reason)) +
           (taken_over ? "): another client has the identifier " + options_.client_id : ")");
  }
  if (const auto* failure = std::get_if<mqtt::Failure>(&event))
    return broker() + " does not keep to MQTT 5.0: " + std::string(failure->explanation);
  return {};
}

std::string MqttClient::handle(const mqtt::Publish& publish) {
  if (publish.qos == mqtt::QoS::kExactlyOnce) return broker() + kSendsQos2;
  intake_.add(publish);
  return {};
}

std::string MqttClient::handle(const mqtt::TooLarge& publish) {
  if (publish.start.qos == mqtt::QoS::kExactlyOnce) return broker() + kSendsQos2;
  events_.warning("broker.message_too_large", {{"broker", options_.name},
                                               {"topic", std::string(publish.start.topic)},
                                               {"bytes", std::to_string(publish.packet_size)},
                                               {"why", "it is lost: mqtt.max_message is less"}});
  skipped_ = {publish.start.qos, publish.start.packet_id, publish.missing};
  (void)skip({});
  return {};
}

std::string MqttClient::handle(const mqtt::Connack& connack) {
  if (connected_) return broker() + " sends a second CONNACK";
  if (connack.reason != mqtt::Reason::kSuccess) return explain(connack.reason);
  connected_ = true;
  later(options_.backoff_max, [this] { backoff_.reset(); });  // one that ends at once would come back at once
  counters_.connected.set(1);
  counters_.connections.add();
  events_.info("broker.connected", {{"broker", options_.name},
                                    {"address", options_.address},
                                    {"session", connack.session_present ? "resumed" : "new"}});
  if (was_connected_ && !connack.session_present)
    events_.warning("broker.session_lost",
                    {{"broker", options_.name}, {"why", "it kept nothing for us while we were away"}});
  was_connected_ = true;
  ping_every_ = connack.server_keep_alive.value_or(options_.keep_alive);  // [MQTT-3.1.2-21]
  ping_every_ /= 2;
  if (ping_every_.count() > 0) later(ping_every_, [this] { keep_alive(); });
  subscribe();
  return {};
}

std::string MqttClient::explain(mqtt::Reason refusal) const {
  switch (refusal) {
    case mqtt::Reason::kUnsupportedVersion:
    case mqtt::Reason::kGrantedQos1:  // what 1 means in a CONNACK of 3.1.1 (its section 3.2.2.3)
      return broker() + " does not speak MQTT 5.0; a newer version of it will";
    case mqtt::Reason::kBadUserNameOrPassword:
    case mqtt::Reason::kNotAuthorized:
      return broker() + " does not let us in (" + std::string(mqtt::to_string(refusal)) +
             "); check user and password_file of broker." + options_.name;
    default: return broker() + " does not let us in (" + std::string(mqtt::to_string(refusal)) + ")";
  }
}

// Each time, so that the topics are those of the configuration. A subscription that is there already stays, and does
// not bring what is retained once more.
void MqttClient::subscribe() {
  std::vector<mqtt::TopicFilter> filters;
  for (const std::string& topic : options_.topics)
    filters.push_back({.filter = topic,
                       .maximum_qos = static_cast<mqtt::QoS>(options_.qos),
                       .no_local = false,
                       .retain_as_published = true,
                       .retain_handling = mqtt::RetainHandling::kIfNew});
  Buffer out;
  mqtt::encode_subscribe(kSubscribeId, filters, mqtt::Version::k5, out);
  transport_->write(out);
}

void MqttClient::handle(const mqtt::Suback& suback) {
  refused_.clear();
  for (std::size_t i = 0; i < std::min(suback.reasons.size(), options_.topics.size()); ++i) {
    const auto reason = static_cast<mqtt::Reason>(suback.reasons[i]);
    const bool is_refused = reason >= mqtt::Reason::kUnspecified;
    if (!is_refused && std::to_integer<std::uint8_t>(suback.reasons[i]) >= options_.qos) continue;
    if (!refused_.empty()) refused_ += "; ";
    refused_ += is_refused ? "it refuses " + options_.topics[i] + " (" + std::string(mqtt::to_string(reason)) + ")"
                           : "it sends " + options_.topics[i] + " at QoS 0 only";
  }
  if (!refused_.empty()) events_.warning("broker.subscription_refused", {{"broker", options_.name}, {"why", refused_}});
}

void MqttClient::acknowledge() {
  if (const Buffer out = intake_.acknowledgements(); !out.empty()) transport_->write(out);
}

// While messages are held back nothing is read, and so nothing can be heard.
void MqttClient::keep_alive() {
  if (intake_.holds_back()) silent_pings_ = 0;
  if (silent_pings_ >= kMostSilentPings) return lose(broker() + " does not answer any more");
  ++silent_pings_;
  Buffer out;
  mqtt::encode_pingreq(out);
  transport_->write(out);
  later(ping_every_, [this] { keep_alive(); });
}

void MqttClient::stop_reading() {
  closing_ = true;
  intake_.stop();
}

void MqttClient::close() {
  closing_ = true;
  attempt_.reset();
  if (connected_) {
    Buffer last = intake_.acknowledgements();
    mqtt::encode_disconnect(mqtt::Version::k5, last);
    transport_->write_last(last);
  }
  transport_.reset();
  connected_ = false;
  counters_.connected.set(0);
  why_away_ = "closed";
}

template <class Action>
void MqttClient::later(std::chrono::milliseconds delay, Action action) {
  after_(delay, [attempt = std::weak_ptr(attempt_), action = std::move(action)] {
    if (!attempt.expired()) action();
  });
}

}  // namespace tidegate::south
