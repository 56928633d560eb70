#include "gateway/config/rules.hpp"

#include <algorithm>
#include <bit>
#include <set>

#include "gateway/base/address.hpp"
#include "gateway/base/level_template.hpp"
#include "gateway/config/nearest.hpp"
#include "gateway/config/store_room.hpp"
#include "gateway/config/units.hpp"
#include "proto/mqtt/topic.hpp"

namespace tidegate::config {
namespace {

class Rules {
 public:
  Rules(const Config& config, const Sources& sources, std::vector<Fault>& faults)
      : config_(config), sources_(sources), faults_(faults) {}

  void check() {
    check_mqtt();
    check_store();
    for (const Broker& broker : config_.brokers) check_broker(broker);
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
      fault("mqtt.client_burst", "mqtt.client_burst means nothing without mqtt.client_rate");
    }
    const auto mqtt = parse_host_port(config_.mqtt.listen);
    const auto control = parse_host_port(config_.control.listen);
    if (!mqtt || !control || !is_same_listener(*mqtt, *control)) return;
    const std::string at = is_set("control.listen") ? "control.listen" : "mqtt.listen";
    fault(at, at + ": mqtt.listen is " + config_.mqtt.listen + " and control.listen is " + config_.control.listen +
                  ", which only one of them can have: give one another port");
  }

  void check_store();
  void check_broker(const Broker& broker);
  [[nodiscard]] bool is_own_listener(const std::string& address) const;
  void check_covered(const std::string& key, const std::vector<std::string>& topics);
  void check_upstream(const Upstream& upstream);
  void check_kafka(const Upstream& upstream, const std::string& table);
  void check_kafka_topic(const std::string& key);
  void check_tls(const Upstream& upstream, const std::string& table);
  void check_stream(const Stream& stream, std::set<std::string>& filters);
  void check_number_of_streams();
  void check_filters(const std::string& key, const std::vector<std::string>& topics, std::set<std::string>& taken);
  void check_to(const Stream& stream);
  void check_largest_message(const Stream& stream);
  void check_quotas();

  bool is_set(const std::string& key) const { return sources_.contains(key); }

  /// At what was written under `key`, or under a table around it, or in no place at all.
  void fault(const std::string& key, std::string message) {
    const auto source = sources_.find(key);
    faults_.push_back(fault_at(source == sources_.end() ? Place{} : source->second->place, std::move(message)));
  }

  /// At one element of a list.
  void element_fault(const std::string& key, std::size_t index, std::string message) {
    const auto& elements = std::get<std::vector<Element>>(sources_.at(key)->literal);
    faults_.push_back(fault_at(elements[index].place, key + ": " + std::move(message)));
  }

  const Config& config_;
  const Sources& sources_;
  std::vector<Fault>& faults_;
};

constexpr std::uint64_t kMinSlots = 2 * kReserveSlots;
constexpr std::uint64_t kMaxSlots = 1024;  // the manifest has a row for each

void Rules::check_store() {
  const Store& store = config_.store;
  if (!std::has_single_bit(store.frame_alignment)) {
    fault("store.frame_alignment", "store.frame_alignment must be a power of two, such as \"4 KiB\"");
  } else if (store.slot_bytes % store.frame_alignment != 0) {
    fault("store.slot", "store.slot must be a multiple of store.frame_alignment");
  }
  if (store.size_bytes == 0) return;
  const std::uint64_t slot = slot_bytes(store, store.size_bytes);
  const std::uint64_t slots = store.size_bytes / slot;
  if (slots < kMinSlots) {
    fault("store.size", "store.size holds " + std::to_string(slots) + " slots of " + format_size(slot) + ": at least " +
                            std::to_string(kMinSlots) + ", of which the store keeps " + std::to_string(kReserveSlots) +
                            " in reserve");
  }
  if (slots > kMaxSlots) {
    fault("store.slot", "store.slot makes " + std::to_string(slots) + " slots of store.size: at most " +
                            std::to_string(kMaxSlots) + ", so write a larger slot or remove the line");
  }
}

void Rules::check_broker(const Broker& broker) {
  const std::string table = "broker." + broker.name;
  if (!is_set(table + ".mqtt")) fault(table, table + " does not say where it is: add mqtt = \"host:port\"");
  if (!is_set(table + ".topics")) fault(table, table + " takes nothing in: add topics = [\"...\"]");
  if (is_own_listener(broker.mqtt))
    fault(table + ".mqtt", table + ".mqtt is where this gateway listens itself (mqtt.listen = \"" +
                               config_.mqtt.listen +
                               "\"), so that it would send everything to itself for ever: set mqtt.listen = \"\" for "
                               "no listener, or to another port");
  if (!broker.tls && is_set(table + ".ca")) fault(table + ".ca", table + ".ca means nothing with tls = false");
  if (is_set(table + ".password_file") && !is_set(table + ".user"))
    fault(table + ".password_file", table + ".password_file means nothing without user");
  std::set<std::string> filters;
  check_filters(table + ".topics", broker.topics, filters);
  check_covered(table + ".topics", broker.topics);
  for (std::size_t i = 0; i < broker.topics.size(); ++i) {
    if (mqtt::without_share(broker.topics[i]).empty() && mqtt::valid_filter(broker.topics[i]))
      element_fault(table + ".topics", i,
                    "\"" + broker.topics[i] + "\" is no shared subscription: write $share/NAME/ and a topic filter");
  }
}

bool Rules::is_own_listener(const std::string& address) const {
  auto broker = parse_host_port(address);
  const auto listen = parse_host_port(config_.mqtt.listen);
  if (!broker || !listen) return false;
  if (broker->host == "localhost") broker->host = "127.0.0.1";
  // A listener on every address is met on loopback; the same port elsewhere is another machine's.
  return (is_loopback(broker->host) || broker->host == listen->host) && is_same_listener(*broker, *listen);
}

/// A broker may send a message once for each subscription that matches; mosquitto does.
void Rules::check_covered(const std::string& key, const std::vector<std::string>& topics) {
  std::vector<std::string_view> matched;  // empty: named already
  matched.reserve(topics.size());
  for (const std::string& filter : topics)
    matched.push_back(mqtt::valid_filter(filter) ? mqtt::without_share(filter) : std::string_view());
  const auto covers = [&](std::size_t wider, std::size_t narrower) {
    if (matched[wider].empty() || topics[wider] == topics[narrower]) return false;
    // Of two that match the same, one by a share or each by another, the second is named.
    return mqtt::covers(matched[wider], matched[narrower]) &&
           (wider < narrower || !mqtt::covers(matched[narrower], matched[wider]));
  };
  for (std::size_t narrower = 0; narrower < topics.size(); ++narrower) {
    for (std::size_t wider = 0; wider < topics.size() && !matched[narrower].empty(); ++wider) {
      if (!covers(wider, narrower)) continue;
      element_fault(key, narrower,
                    "\"" + topics[narrower] + "\" is within \"" + topics[wider] +
                        "\": the broker may send twice what both match; remove it");
      break;
    }
  }
}

void Rules::check_upstream(const Upstream& upstream) {
  const std::string table = "upstream." + upstream.name;
  const bool has_grpc = is_set(table + ".grpc");
  const bool has_kafka = is_set(table + ".kafka");
  if (has_grpc && has_kafka) fault(table + ".kafka", table + " has grpc and kafka: write a table for each");
  if (!has_grpc && !has_kafka) fault(table, table + " does not say where to: add grpc or kafka = \"host:port\"");
  check_tls(upstream, table);
  check_kafka(upstream, table);
}

void Rules::check_tls(const Upstream& upstream, const std::string& table) {
  for (const char* const key : {".ca", ".cert", ".key_file"})
    if (!upstream.tls && is_set(table + key)) fault(table + key, table + key + " means nothing with tls = false");
  if (is_set(table + ".cert") != is_set(table + ".key_file"))
    fault(table, table + ": cert and key_file belong together, write both or none");
}

void Rules::check_kafka(const Upstream& upstream, const std::string& table) {
  if (!is_set(table + ".kafka")) {
    for (const char* const key : {".topic", ".key", ".sasl", ".user", ".password_file", ".cert", ".key_file"})
      if (is_set(table + key)) fault(table + key, table + key + " means nothing without kafka = \"host:port\"");
    return;
  }
  if (!is_set(table + ".topic")) fault(table, table + " has no topic: add topic = \"sensors\" or \"sensors.{1}\"");
  if (is_set(table + ".topic")) check_kafka_topic(table + ".topic");
  const bool named = is_set(table + ".user") && is_set(table + ".password_file");
  if (is_set(table + ".sasl") && !named) fault(table + ".sasl", table + ".sasl needs user and password_file");
  for (const char* const key : {".user", ".password_file"})
    if (is_set(table + key) && !is_set(table + ".sasl"))
      fault(table + key, table + key + " means nothing without sasl = \"SCRAM-SHA-512\"");
  if (upstream.sasl == "PLAIN" && !upstream.tls)
    fault(table + ".sasl", table + ".sasl: PLAIN without TLS tells the password to everyone on the way; use SCRAM");
}

/// What the text itself says of all names that it makes: a level of a topic is at least one character in them.
void Rules::check_kafka_topic(const std::string& key) {
  constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
  constexpr std::size_t kLongest = 249;
  const auto* const text = std::get_if<std::string>(&sources_.at(key)->literal);
  if (text == nullptr) return;  // the value was refused, as is one that does not parse
  const auto topic = LevelTemplate::parse(*text);
  if (!topic) return;
  const std::string shortest = topic->expand({}, "_");
  if (topic->literals().find_first_not_of(kAllowed) != std::string::npos)
    fault(key, key + ": Kafka allows letters, digits, '.', '_' and '-' in a topic");
  if (shortest.empty()) fault(key, key + " is empty: write a name, such as \"sensors\" or \"sensors.{1}\"");
  if (!shortest.empty() && shortest.find_first_not_of('.') == std::string::npos)
    fault(key, key + ": \"" + shortest + "\" has dots alone, which is no name: write one, such as \"sensors\"");
  if (shortest.size() > kLongest)
    fault(key, key + " makes names of " + std::to_string(shortest.size()) + " characters or more: Kafka takes " +
                   std::to_string(kLongest));
}

void Rules::check_stream(const Stream& stream, std::set<std::string>& filters) {
  const std::string table = "stream." + stream.name;
  if (stream.name == "dead-letter" || stream.name == "state")
    fault(table, table + ": this name is the gateway's own; choose another");
  if (!is_set(table + ".topics")) fault(table, table + " takes nothing: add topics = [\"...\"]");
  if (!is_set(table + ".to")) fault(table, table + " goes nowhere: add to = [\"NAME\"], the name of an upstream");
  check_filters(table + ".topics", stream.topics, filters);
  for (std::size_t i = 0; i < stream.topics.size(); ++i) {
    if (mqtt::without_share(stream.topics[i]) != stream.topics[i])
      element_fault(table + ".topics", i,
                    "\"" + stream.topics[i] +
                        "\" takes nothing: topics come without $share/NAME/; only a broker's topics may begin with it");
  }
  check_to(stream);
}

void Rules::check_number_of_streams() {
  if (config_.streams.size() <= kMostStreams) return;
  const std::string table = "stream." + config_.streams[kMostStreams].name;
  fault(table, table + " is one too many of " + std::to_string(config_.streams.size()) + ": at most " +
                   std::to_string(kMostStreams) + ", and one stream may have many topic filters");
}

void Rules::check_filters(const std::string& key, const std::vector<std::string>& topics,
                          std::set<std::string>& taken) {
  for (std::size_t i = 0; i < topics.size(); ++i) {
    const std::string& filter = topics[i];
    if (!mqtt::valid_filter(filter)) {
      element_fault(key, i,
                    "\"" + filter +
                        "\" is not a topic filter: '+' stands for a whole level, '#' for all that "
                        "follow, at the end");
    } else if (!taken.insert(filter).second) {
      element_fault(key, i, "\"" + filter + "\" is taken by a line above, so that nothing comes here");
    }
  }
}

void Rules::check_to(const Stream& stream) {
  const std::string key = "stream." + stream.name + ".to";
  std::vector<std::string_view> known;
  for (const Upstream& upstream : config_.upstreams) known.push_back(upstream.name);
  for (std::size_t i = 0; i < stream.to.size(); ++i) {
    if (std::find(known.begin(), known.end(), stream.to[i]) != known.end()) continue;
    const std::string hint =
        known.empty() ? "there is none" : "the nearest is \"" + std::string(nearest(stream.to[i], known)) + "\"";
    element_fault(key, i, "there is no upstream \"" + stream.to[i] + "\"; " + hint);
  }
  if (stream.to.size() > 1) {
    element_fault(key, 1, "failover to a second upstream is not offered by this version; name one");
  }
}

// A message that never fits would be held back for ever, and its sensor with it.
void Rules::check_largest_message(const Stream& stream) {
  const std::uint64_t least = 2 * std::uint64_t{config_.mqtt.max_message_bytes};
  if (stream.when_full != WhenFull::kRefuse || stream.quota_bytes == 0 || stream.quota_bytes >= least) return;
  const std::string key = "stream." + stream.name + ".quota";
  fault(key, key + ": a stream that refuses must have room for the largest message: at least " + format_size(least) +
                 ", twice mqtt.max_message");
}

void Rules::check_quotas() {
  if (config_.store.size_bytes == 0) return;  // the start decides, with the free disk in view
  const std::uint64_t room = quota_room(config_.store, config_.store.size_bytes);
  std::uint64_t sum = 0;
  for (const Stream& stream : config_.streams) {
    sum += stream.quota_bytes;
    if (stream.quota_bytes == 0 || sum <= room) continue;
    const std::string key = "stream." + stream.name + ".quota";
    fault(key, key + ": the quotas up to here are " + format_size(sum) + ", but store.size leaves " +
                   format_size(room) + " for messages");
  }
}

}  // namespace

void check_rules(const Config& config, const Sources& sources, std::vector<Fault>& faults) {
  Rules(config, sources, faults).check();
}

}  // namespace tidegate::config
