#include "gateway/config/rules.hpp"

#include <algorithm>
#include <bit>
#include <set>

#include "gateway/base/address.hpp"
#include "gateway/base/kafka_topic.hpp"
#include "gateway/base/level_template.hpp"
#include "gateway/config/broker_rules.hpp"
#include "gateway/config/filter_rules.hpp"
#include "gateway/config/findings.hpp"
#include "gateway/config/nearest.hpp"
#include "gateway/config/store_room.hpp"
#include "gateway/config/units.hpp"
#include "proto/mqtt/topic.hpp"

namespace tidegate::config {
namespace {

class Rules {
 public:
  Rules(const Config& config, Findings& findings) : config_(config), findings_(findings) {}

  void check() {
    check_mqtt();
    check_store();
    check_brokers(config_, findings_);
    for (const Upstream& upstream : config_.upstreams) check_upstream(upstream);
    std::set<std::string> filters;
    for (const Stream& stream : config_.streams) {
      check_stream(stream, filters);
      check_largest_message(stream);
    }
    check_number_of_streams();
    check_quotas();
  }

 private:
  void check_mqtt() {
    if (config_.mqtt.client_burst > 0 && config_.mqtt.client_rate_per_s <= 0) {
      findings_.fault("mqtt.client_burst", "mqtt.client_burst means nothing without mqtt.client_rate");
    }
    const auto mqtt = parse_host_port(config_.mqtt.listen);
    const auto control = parse_host_port(config_.control.listen);
    if (!mqtt || !control || !is_same_listener(*mqtt, *control)) return;
    const std::string at = findings_.is_set("control.listen") ? "control.listen" : "mqtt.listen";
    findings_.fault(at, at + ": mqtt.listen is " + config_.mqtt.listen + " and control.listen is " +
                            config_.control.listen + ", which only one of them can have: give one another port");
  }

  void check_store();
  void check_upstream(const Upstream& upstream);
  void check_kafka(const Upstream& upstream, const std::string& table);
  void check_kafka_topic(const std::string& key);
  void check_tls(const Upstream& upstream, const std::string& table);
  void check_stream(const Stream& stream, std::set<std::string>& filters);
  void check_number_of_streams();
  void check_to(const Stream& stream);
  void check_largest_message(const Stream& stream);
  void check_quotas();

  const Config& config_;
  Findings& findings_;
};

constexpr std::uint64_t kMinSlots = 2 * kReserveSlots;
constexpr std::uint64_t kMaxSlots = 1024;  // the manifest has a row for each

void Rules::check_store() {
  const Store& store = config_.store;
  if (!std::has_single_bit(store.frame_alignment)) {
    findings_.fault("store.frame_alignment", "store.frame_alignment must be a power of two, such as \"4 KiB\"");
  } else if (store.slot_bytes % store.frame_alignment != 0) {
    findings_.fault("store.slot", "store.slot must be a multiple of store.frame_alignment");
  }
  if (store.size_bytes == 0) return;
  const std::uint64_t slot = slot_bytes(store, store.size_bytes);
  const std::uint64_t slots = store.size_bytes / slot;
  if (slots < kMinSlots) {
    findings_.fault("store.size", "store.size holds " + std::to_string(slots) + " slots of " + format_size(slot) +
                                      ": at least " + std::to_string(kMinSlots) + ", of which the store keeps " +
                                      std::to_string(kReserveSlots) + " in reserve");
  }
  if (slots > kMaxSlots) {
    findings_.fault("store.slot", "store.slot makes " + std::to_string(slots) + " slots of store.size: at most " +
                                      std::to_string(kMaxSlots) + ", so write a larger slot or remove the line");
  }
}

void Rules::check_upstream(const Upstream& upstream) {
  const std::string table = "upstream." + upstream.name;
  const bool has_grpc = findings_.is_set(table + ".grpc");
  const bool has_kafka = findings_.is_set(table + ".kafka");
  if (has_grpc && has_kafka) findings_.fault(table + ".kafka", table + " has grpc and kafka: write a table for each");
  if (!has_grpc && !has_kafka)
    findings_.fault(table, table + " does not say where to: add grpc or kafka = \"host:port\"");
  check_tls(upstream, table);
  check_kafka(upstream, table);
}

void Rules::check_tls(const Upstream& upstream, const std::string& table) {
  for (const char* const key : {".ca", ".cert", ".key_file"})
    if (!upstream.tls && findings_.is_set(table + key))
      findings_.fault(table + key, table + key + " means nothing with tls = false");
  if (findings_.is_set(table + ".cert") != findings_.is_set(table + ".key_file"))
    findings_.fault(table, table + ": cert and key_file belong together, write both or none");
}

void Rules::check_kafka(const Upstream& upstream, const std::string& table) {
  if (!findings_.is_set(table + ".kafka")) {
    for (const char* const key : {".topic", ".key", ".sasl", ".user", ".password_file", ".cert", ".key_file"})
      if (findings_.is_set(table + key))
        findings_.fault(table + key, table + key + " means nothing without kafka = \"host:port\"");
    return;
  }
  if (!findings_.is_set(table + ".topic"))
    findings_.fault(table, table + " has no topic: add topic = \"sensors\" or \"sensors.{1}\"");
  if (findings_.is_set(table + ".topic")) check_kafka_topic(table + ".topic");
  const bool named = findings_.is_set(table + ".user") && findings_.is_set(table + ".password_file");
  if (findings_.is_set(table + ".sasl") && !named)
    findings_.fault(table + ".sasl", table + ".sasl needs user and password_file");
  for (const char* const key : {".user", ".password_file"})
    if (findings_.is_set(table + key) && !findings_.is_set(table + ".sasl"))
      findings_.fault(table + key, table + key + " means nothing without sasl = \"SCRAM-SHA-512\"");
  if (upstream.sasl == "PLAIN" && !upstream.tls)
    findings_.fault(table + ".sasl",
                    table + ".sasl: PLAIN without TLS tells the password to everyone on the way; use SCRAM");
}

/// What the text itself says of all names that it makes: a level of a topic is at least one character in them.
void Rules::check_kafka_topic(const std::string& key) {
  const auto* const text = findings_.text(key);
  if (text == nullptr) return;  // the value was refused, as is one that does not parse
  const auto topic = LevelTemplate::parse(*text);
  if (!topic) return;
  const std::string literals = topic->literals();
  const std::string shortest = topic->expand({}, "_");
  if (!std::all_of(literals.begin(), literals.end(), is_kafka_topic_character)) {
    findings_.fault(key, key + ": Kafka allows letters, digits, '.', '_' and '-' in a topic");
  } else if (shortest.empty()) {
    findings_.fault(key, key + " is empty: write a name, such as \"sensors\" or \"sensors.{1}\"");
  } else if (shortest.size() > kMaxKafkaTopic) {
    findings_.fault(key, key + " makes names of " + std::to_string(shortest.size()) +
                             " characters or more: Kafka takes " + std::to_string(kMaxKafkaTopic));
  } else if (!is_kafka_topic(shortest)) {
    findings_.fault(key, key + ": \"" + shortest + "\" is no name to Kafka: write one, such as \"sensors\"");
  }
}

void Rules::check_stream(const Stream& stream, std::set<std::string>& filters) {
  const std::string table = "stream." + stream.name;
  if (stream.name == "dead-letter" || stream.name == "state")
    findings_.fault(table, table + ": this name is the gateway's own; choose another");
  if (!findings_.is_set(table + ".topics")) findings_.fault(table, table + " takes nothing: add topics = [\"...\"]");
  if (!findings_.is_set(table + ".to"))
    findings_.fault(table, table + " goes nowhere: add to = [\"NAME\"], the name of an upstream");
  check_filters(table + ".topics", stream.topics, filters, findings_);
  for (std::size_t i = 0; i < stream.topics.size(); ++i) {
    if (mqtt::without_share(stream.topics[i]) != stream.topics[i])
      findings_.element_fault(
          table + ".topics", i,
          "\"" + stream.topics[i] +
              "\" takes nothing: topics come without $share/NAME/; only a broker's topics may begin with it");
  }
  check_to(stream);
}

void Rules::check_number_of_streams() {
  if (config_.streams.size() <= kMostStreams) return;
  const std::string table = "stream." + config_.streams[kMostStreams].name;
  findings_.fault(table, table + " is one too many of " + std::to_string(config_.streams.size()) + ": at most " +
                             std::to_string(kMostStreams) + ", and one stream may have many topic filters");
}

void Rules::check_to(const Stream& stream) {
  const std::string key = "stream." + stream.name + ".to";
  std::vector<std::string_view> known;
  for (const Upstream& upstream : config_.upstreams) known.push_back(upstream.name);
  for (std::size_t i = 0; i < stream.to.size(); ++i) {
    if (std::find(known.begin(), known.end(), stream.to[i]) != known.end()) continue;
    const std::string hint =
        known.empty() ? "there is none" : "the nearest is \"" + std::string(nearest(stream.to[i], known)) + "\"";
    findings_.element_fault(key, i, "there is no upstream \"" + stream.to[i] + "\"; " + hint);
  }
  if (stream.to.size() > 1) {
    findings_.element_fault(key, 1, "failover to a second upstream is not offered by this version; name one");
  }
}

// A message that never fits would be held back for ever, and its sensor with it.
void Rules::check_largest_message(const Stream& stream) {
  const std::uint64_t least = 2 * std::uint64_t{config_.mqtt.max_message_bytes};
  if (stream.when_full != WhenFull::kRefuse || stream.quota_bytes == 0 || stream.quota_bytes >= least) return;
  const std::string key = "stream." + stream.name + ".quota";
  findings_.fault(key, key + ": a stream that refuses must have room for the largest message: at least " +
                           format_size(least) + ", twice mqtt.max_message");
}

void Rules::check_quotas() {
  if (config_.store.size_bytes == 0) return;  // the start decides, with the free disk in view
  const std::uint64_t room = quota_room(config_.store, config_.store.size_bytes);
  std::uint64_t sum = 0;
  for (const Stream& stream : config_.streams) {
    sum += stream.quota_bytes;
    if (stream.quota_bytes == 0 || sum <= room) continue;
    const std::string key = "stream." + stream.name + ".quota";
    findings_.fault(key, key + ": the quotas up to here are " + format_size(sum) + ", but store.size leaves " +
                             format_size(room) + " for messages");
  }
}

}  // namespace

void check_rules(const Config& config, const Sources& sources, std::vector<Fault>& faults) {
  Findings findings(sources, faults);
  Rules(config, findings).check();
}

}  // namespace tidegate::config
