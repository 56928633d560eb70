#include "gateway/config/broker_rules.hpp"

#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "gateway/base/address.hpp"
#include "gateway/config/broker_client_id.hpp"
#include "gateway/config/filter_rules.hpp"
#include "proto/mqtt/topic.hpp"

namespace tidegate::config {
namespace {

using Tables = std::vector<const Broker*>;

void check_table(const Broker& broker, const Config& config, Findings& findings);
bool is_own_listener(const std::string& address, const std::string& mqtt_listen);
std::map<std::string, Tables> tables_by_address(const Config& config);
void check_client_ids(const Tables& tables, const std::string& gateway_id, Findings& findings);
void check_covered(const Tables& tables, Findings& findings);

std::string table_of(const Broker& broker) { return "broker." + broker.name; }

}  // namespace

void check_brokers(const Config& config, Findings& findings) {
  for (const Broker& broker : config.brokers) check_table(broker, config, findings);
  for (const auto& [address, tables] : tables_by_address(config)) {
    check_client_ids(tables, config.gateway.id, findings);
    check_covered(tables, findings);
  }
}

namespace {

void check_table(const Broker& broker, const Config& config, Findings& findings) {
  const std::string table = table_of(broker);
  if (!findings.is_set(table + ".mqtt"))
    findings.fault(table, table + " does not say where it is: add mqtt = \"host:port\"");
  if (!findings.is_set(table + ".topics")) findings.fault(table, table + " takes nothing in: add topics = [\"...\"]");
  if (is_own_listener(broker.mqtt, config.mqtt.listen))
    findings.fault(table + ".mqtt", table + ".mqtt is where this gateway listens itself (mqtt.listen = \"" +
                                        config.mqtt.listen +
                                        "\"), so that it would send everything to itself for ever: set mqtt.listen = "
                                        "\"\" for no listener, or to another port");
  if (!broker.tls && findings.is_set(table + ".ca"))
    findings.fault(table + ".ca", table + ".ca means nothing with tls = false");
  if (findings.is_set(table + ".password_file") && !findings.is_set(table + ".user"))
    findings.fault(table + ".password_file", table + ".password_file means nothing without user");
  std::set<std::string> taken;
  check_filters(table + ".topics", broker.topics, taken, findings);
  for (std::size_t i = 0; i < broker.topics.size(); ++i) {
    if (mqtt::without_share(broker.topics[i]).empty() && mqtt::valid_filter(broker.topics[i]))
      findings.element_fault(
          table + ".topics", i,
          "\"" + broker.topics[i] + "\" is no shared subscription: write $share/NAME/ and a topic filter");
  }
}

bool is_own_listener(const std::string& address, const std::string& mqtt_listen) {
  const auto written = parse_host_port(address);
  const auto listen = parse_host_port(mqtt_listen);
  if (!written || !listen) return false;
  const HostPort broker = canonical(*written);
  // A listener on every address is met on loopback; the same port elsewhere is another machine's.
  return (is_loopback(broker.host) || broker.host == listen->host) && is_same_listener(broker, *listen);
}

/// Those without an address stand alone.
std::map<std::string, Tables> tables_by_address(const Config& config) {
  std::map<std::string, Tables> tables;
  for (const Broker& broker : config.brokers) {
    const auto address = parse_host_port(broker.mqtt);
    tables[address ? to_string(canonical(*address)) : broker.name].push_back(&broker);
  }
  return tables;
}

/// Of two clients with one identifier a broker lets the newer in and ends the other [MQTT-3.1.4-3]. Without a
/// gateway.id only identifiers that are written are known here.
void check_client_ids(const Tables& tables, const std::string& gateway_id, Findings& findings) {
  std::map<std::string, const Broker*> taken;
  for (const Broker* const broker : tables) {
    if (broker->client_id.empty() && gateway_id.empty()) continue;
    const auto [first, is_new] = taken.emplace(client_id_of(*broker, gateway_id), broker);
    if (is_new) continue;
    const auto& [written, other] =
        broker->client_id.empty() ? std::pair(first->second, broker) : std::pair(broker, first->second);
    const std::string key = table_of(*written) + ".client_id";
    findings.fault(key, key + ": \"" + first->first + "\" is that of " + table_of(*other) +
                            " too, at the same address, so that each would throw the other out for ever: give each "
                            "one of its own, or write one table");
  }
}

/// A topic filter of a table, and what it matches: nothing if it was named already, or splits with one before it.
struct Subscription {
  const Broker& broker;
  std::size_t index;
  std::string_view matched;

  [[nodiscard]] const std::string& filter() const { return broker.topics[index]; }
};

std::vector<Subscription> subscriptions_of(const Tables& tables) {
  std::vector<Subscription> subscriptions;
  std::set<std::string_view> shared;
  for (const Broker* const broker : tables) {
    std::set<std::string_view> own;
    for (std::size_t i = 0; i < broker->topics.size(); ++i) {
      const std::string& filter = broker->topics[i];
      bool counts = own.insert(filter).second && mqtt::valid_filter(filter);
      if (mqtt::without_share(filter) != filter) counts = shared.insert(filter).second && counts;
      subscriptions.push_back({*broker, i, counts ? mqtt::without_share(filter) : std::string_view()});
    }
  }
  return subscriptions;
}

/// A broker may send a message once for each subscription that matches; mosquitto does.
void check_covered(const Tables& tables, Findings& findings) {
  const std::vector<Subscription> subscriptions = subscriptions_of(tables);
  std::vector<std::string_view> matched;
  matched.reserve(subscriptions.size());
  for (const Subscription& one : subscriptions) matched.push_back(one.matched);
  for (std::size_t i = 0; i < subscriptions.size(); ++i) {
    const auto covering = mqtt::find_covering(matched, i);
    if (!covering) continue;
    const Subscription& narrower = subscriptions[i];
    const Subscription& wider = subscriptions[*covering];
    const std::string within = "\"" + narrower.filter() + "\" is within \"" + wider.filter() + "\"";
    findings.element_fault(table_of(narrower.broker) + ".topics", narrower.index,
                           &narrower.broker == &wider.broker
                               ? within + ": the broker may send twice what both match; remove it"
                               : within + " of " + table_of(wider.broker) +
                                     ", at the same address: the broker sends to each what both match; remove it, or "
                                     "write one $share/NAME/ filter in both tables, which then split it");
  }
}

}  // namespace

}  // namespace tidegate::config
