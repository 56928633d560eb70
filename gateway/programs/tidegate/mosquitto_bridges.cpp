#include "gateway/programs/tidegate/mosquitto_bridges.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "gateway/base/address.hpp"
#include "gateway/programs/tidegate/mosquitto_brokers.hpp"
#include "gateway/programs/tidegate/toml_text.hpp"
#include "proto/mqtt/topic.hpp"

namespace tidegate::cli {
namespace {

constexpr std::uint16_t kCollectorPort = 7070;
constexpr std::size_t kMostFilters = 1000;  // of a stream

constexpr std::string_view kCredentials =
    "a collector knows no credentials: let only your gateways reach its port. Kafka does: see upstream.NAME.sasl";

/// Nothing if that is no host or host:port.
std::optional<HostPort> parse_address(const std::string& address) {
  constexpr std::string_view kMqttPort = ":1883";  // mosquitto.conf(5): what an address without one stands for
  const bool has_port = address.find(':') != std::string::npos && !address.ends_with(']');
  std::string with_port = has_port ? address : address + std::string(kMqttPort);
  // mosquitto takes what follows the last colon for the port, IPv6 or not.
  const std::size_t colon = with_port.rfind(':');
  if (const std::string host = with_port.substr(0, colon); host.find(':') != std::string::npos && is_ip_address(host)) {
    with_port = "[" + host + "]" + with_port.substr(colon);
  }
  const auto bridge = parse_host_port(with_port);
  if (!bridge || bridge->port == 0) return std::nullopt;
  return *bridge;
}

/// What the tables that lead to one broker have together.
struct Subscriber {
  std::vector<std::string> filters;
  std::set<std::string> client_ids;
};

/// Whether a broker sends twice what both match.
bool is_repeated(const std::string& a, const std::string& b) {
  const std::string_view first = mqtt::without_share(a);
  const std::string_view second = mqtt::without_share(b);
  if (a == b && first != a) return false;  // shared: they split it
  return mqtt::covers(first, second) || mqtt::covers(second, first);
}

class BridgeReader {
 public:
  explicit BridgeReader(std::vector<Note>& notes) : notes_(notes) {}

  BridgeTables make(const std::vector<MosquittoBridge>& bridges) {
    for (const MosquittoBridge& bridge : bridges) add(bridge);
    return std::move(tables_);
  }

 private:
  void add(const MosquittoBridge& bridge);
  bool add_broker(MosquittoBridge bridge, IncomingTopics incoming, const Set<HostPort>& address,
                  const std::string& name);
  std::optional<Set<HostPort>> address_of(const MosquittoBridge& bridge);
  std::vector<std::string> outgoing_topics(const MosquittoBridge& bridge);
  std::string upstream_table(const MosquittoBridge& bridge, const Set<HostPort>& address, const std::string& name);
  std::string free_name(const std::string& wanted);
  void lose(const ConfLine& line, std::string why) { notes_.push_back({line, std::move(why), true}); }

  std::vector<Note>& notes_;
  BridgeTables tables_;
  std::set<std::string> names_{"dead-letter", "state"};  // the gateway's own
  std::set<std::string> filters_;
  std::map<std::string, Subscriber> subscribers_;  // by address
};

void BridgeReader::add(const MosquittoBridge& bridge) {
  const IncomingTopics incoming = incoming_topics(bridge, notes_);
  const std::vector<std::string> outgoing = outgoing_topics(bridge);
  if (incoming.filters.empty() && outgoing.empty())
    return lose(bridge.at, "nothing comes in or goes out by it, so that it became nothing");
  const auto address = address_of(bridge);
  if (!address) return;
  const std::string name = free_name(bridge.name);
  const bool has_broker = !incoming.filters.empty() && add_broker(bridge, incoming, *address, name);
  if (outgoing.empty()) return;
  if (has_broker) {
    lose(bridge.at, "became broker." + name + " and stream." + name +
                        ": what comes in goes out too where a topic of a stream matches, which a bridge does not do");
  }
  if (!tables_.upstreams.empty()) {
    lose(bridge.at,
         "a message goes to one upstream, that of the first stream that matches: where two bridges take "
         "the same topics, this one gets none of them");
  }
  tables_.upstreams += upstream_table(bridge, *address, name) + "\n[stream." + toml_key(name) + "]\n" +
                       toml_line("topics", toml_list(outgoing), bridge.at) +
                       toml_line("to", toml_list({name}), bridge.at);
}

/// Without what another table has at the same address, which the check refuses; whether anything is left.
bool BridgeReader::add_broker(MosquittoBridge bridge, IncomingTopics incoming, const Set<HostPort>& address,
                              const std::string& name) {
  Subscriber& others = subscribers_[to_string(canonical(address.value))];
  const std::size_t known = others.filters.size();
  for (const std::string& filter : std::exchange(incoming.filters, {})) {
    const auto end = others.filters.begin() + static_cast<std::ptrdiff_t>(known);
    const auto other =
        std::find_if(others.filters.begin(), end, [&](const std::string& one) { return is_repeated(one, filter); });
    if (other != end) {
      lose(bridge.at, "\"" + filter + "\" is left out: a bridge above takes \"" + *other +
                          "\" from the same address, and what both match would come twice");
      continue;
    }
    incoming.filters.push_back(filter);
    others.filters.push_back(filter);
  }
  if (incoming.filters.empty()) return false;
  if (bridge.client_id && !others.client_ids.insert(bridge.client_id->value).second) {
    lose(bridge.client_id->at, "is that of a bridge above to the same address: each would throw the other out");
    bridge.client_id.reset();
  }
  tables_.brokers += broker_table(bridge, incoming, address, name, notes_);
  return true;
}

/// Where the bridge leads.
std::optional<Set<HostPort>> BridgeReader::address_of(const MosquittoBridge& bridge) {
  if (!bridge.addresses || bridge.addresses->value.empty()) {
    lose(bridge.at, "has no address, so that it became nothing");
    return std::nullopt;
  }
  const auto& [addresses, at] = *bridge.addresses;
  const auto address = parse_address(addresses[0]);
  if (!address) {
    lose(at, "is not host or host:port, so that the bridge became nothing");
    return std::nullopt;
  }
  if (addresses.size() > 1) lose(at, "failover to a second address is not offered yet: the first is written");
  return Set<HostPort>{*address, at};
}

/// What the bridge subscribes to on this side, for what goes out.
std::vector<std::string> BridgeReader::outgoing_topics(const MosquittoBridge& bridge) {
  std::vector<std::string> filters;
  for (const MosquittoTopic& topic : bridge.topics) {
    if (topic.direction == "in") continue;
    const std::string filter = topic.local_prefix + topic.pattern;
    if (!mqtt::valid_filter(filter) || mqtt::without_share(filter) != filter) {
      lose(topic.at, "\"" + filter + "\" is not a topic filter");
    } else if (!filters_.insert(filter).second) {
      lose(topic.at, "\"" + filter + "\" is taken by a line above: a message goes to one upstream");
    } else if (filters.size() == kMostFilters) {
      lose(topic.at, "a stream has at most 1,000 filters");
    } else {
      filters.push_back(filter);
      if (topic.direction == "both") lose(topic.at, "each half is carried over: in by a broker, out by a stream");
      if (topic.local_prefix != topic.remote_prefix) {
        lose(topic.at, "topics arrive as they are here, with \"" + topic.local_prefix + "\" and without \"" +
                           topic.remote_prefix + "\": rename them behind the upstream");
      }
    }
  }
  return filters;
}

std::string BridgeReader::upstream_table(const MosquittoBridge& bridge, const Set<HostPort>& address,
                                         const std::string& name) {
  lose(address.at,
       "a bridge speaks MQTT, which no upstream does yet: run tidegate-collector on that host, or correct upstream." +
           name + ".grpc");
  for (const ConfLine* line : {bridge.user ? &bridge.user->at : nullptr, bridge.password ? &*bridge.password : nullptr})
    if (line != nullptr) lose(*line, std::string(kCredentials));
  if (bridge.client_id) {
    notes_.push_back({bridge.client_id->at, "gateway.id is the name by which a collector knows this gateway", false});
  }
  const std::string collector = to_string(HostPort{address.value.host, kCollectorPort});
  std::string text = "\n[upstream." + toml_key(name) + "]\n" + toml_line("grpc", toml_quoted(collector), address.at);
  if (!bridge.ca) return text;
  if (bridge.ca->value.starts_with('/')) return text + toml_line("ca", toml_quoted(bridge.ca->value), bridge.ca->at);
  lose(bridge.ca->at, "is not an absolute path: set upstream." + name + ".ca");
  return text;
}

/// What is left of a name in the letters that a table's name may have, and not there yet.
std::string BridgeReader::free_name(const std::string& wanted) {
  constexpr std::size_t kLongest = 56;  // with a number behind it 64
  constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
  std::string name;
  for (const char c : wanted.substr(0, kLongest)) name += kAllowed.find(c) == std::string_view::npos ? '-' : c;
  std::string free = name;
  for (int number = 2; !names_.insert(free).second; ++number) free = name + "-" + std::to_string(number);
  return free;
}

}  // namespace

BridgeTables bridge_tables(const std::vector<MosquittoBridge>& bridges, std::vector<Note>& notes) {
  return BridgeReader(notes).make(bridges);
}

}  // namespace tidegate::cli
