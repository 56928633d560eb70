#include "gateway/programs/tidegate/mosquitto_bridges.hpp"

#include <optional>
#include <set>

#include "gateway/base/address.hpp"
#include "gateway/programs/tidegate/toml_text.hpp"
#include "proto/mqtt/topic.hpp"

namespace tidegate::cli {
namespace {

constexpr std::uint16_t kCollectorPort = 7070;
constexpr std::size_t kMostFilters = 1000;  // of a stream

/// The usual port of a collector, on the host of a bridge's address; nothing if that is no host or host:port.
std::optional<std::string> collector_at(const std::string& address) {
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
  return to_string(HostPort{bridge->host, kCollectorPort});
}

class BridgeTables {
 public:
  explicit BridgeTables(std::vector<Note>& notes) : notes_(notes) {}

  std::string make(const std::vector<MosquittoBridge>& bridges) {
    std::string text;
    for (const MosquittoBridge& bridge : bridges) {
      const std::string tables = tables_of(bridge);
      if (!text.empty() && !tables.empty()) {
        lose(bridge.at,
             "a message goes to one upstream, that of the first stream that matches: where two bridges take "
             "the same topics, this one gets none of them");
      }
      text += tables;
    }
    return text;
  }

 private:
  std::string tables_of(const MosquittoBridge& bridge);
  std::vector<std::string> filters_of(const MosquittoBridge& bridge);
  std::string upstream_table(const MosquittoBridge& bridge, const std::string& name);
  std::string free_name(const std::string& wanted);
  void lose(const ConfLine& line, std::string why) { notes_.push_back({line, std::move(why), true}); }

  std::vector<Note>& notes_;
  std::set<std::string> names_{"dead-letter", "state"};  // the gateway's own
  std::set<std::string> filters_;
};

std::string BridgeTables::tables_of(const MosquittoBridge& bridge) {
  const std::vector<std::string> filters = filters_of(bridge);
  if (filters.empty()) {
    lose(bridge.at, "nothing goes out by it, so that it became neither a stream nor an upstream");
    return {};
  }
  const std::string name = free_name(bridge.name);
  const std::string upstream = upstream_table(bridge, name);
  if (upstream.empty()) return {};
  std::string list;
  for (const std::string& filter : filters) list += (list.empty() ? "" : ", ") + toml_quoted(filter);
  return upstream + "\n[stream." + toml_key(name) + "]\n" + toml_line("topics", "[" + list + "]", bridge.at) +
         toml_line("to", "[" + toml_quoted(name) + "]", bridge.at);
}

/// What the bridge subscribes to on this side, for what goes out.
std::vector<std::string> BridgeTables::filters_of(const MosquittoBridge& bridge) {
  std::vector<std::string> filters;
  for (const MosquittoTopic& topic : bridge.topics) {
    if (topic.direction != "out" && topic.direction != "both") {
      lose(topic.at, "nothing comes down from an upstream yet");
      continue;
    }
    const std::string filter = topic.local_prefix + topic.pattern;
    if (!mqtt::valid_filter(filter)) {
      lose(topic.at, "\"" + filter + "\" is not a topic filter");
    } else if (!filters_.insert(filter).second) {
      lose(topic.at, "\"" + filter + "\" is taken by a line above: a message goes to one upstream");
    } else if (filters.size() == kMostFilters) {
      lose(topic.at, "a stream has at most 1,000 filters");
    } else {
      filters.push_back(filter);
      if (topic.direction == "both") lose(topic.at, "it goes out; nothing comes down from an upstream yet");
      if (topic.local_prefix != topic.remote_prefix) {
        lose(topic.at, "topics arrive as they are here, with \"" + topic.local_prefix + "\" and without \"" +
                           topic.remote_prefix + "\": rename them behind the upstream");
      }
    }
  }
  return filters;
}

std::string BridgeTables::upstream_table(const MosquittoBridge& bridge, const std::string& name) {
  if (!bridge.addresses || bridge.addresses->value.empty()) {
    lose(bridge.at, "has no address: add upstream.NAME.grpc and a stream");
    return {};
  }
  const auto& [addresses, at] = *bridge.addresses;
  const std::optional<std::string> collector = collector_at(addresses[0]);
  if (!collector) {
    lose(at, "is not host or host:port: add upstream." + name + ".grpc and a stream");
    return {};
  }
  lose(at,
       "a bridge speaks MQTT, which no upstream does yet: run tidegate-collector on that host, or correct upstream." +
           name + ".grpc");
  if (addresses.size() > 1) lose(at, "failover to a second address is not offered yet: the first is written");
  std::string text = "\n[upstream." + toml_key(name) + "]\n" + toml_line("grpc", toml_quoted(*collector), at);
  if (!bridge.ca) return text;
  if (bridge.ca->value.starts_with('/')) return text + toml_line("ca", toml_quoted(bridge.ca->value), bridge.ca->at);
  lose(bridge.ca->at, "is not an absolute path: set upstream." + name + ".ca");
  return text;
}

/// What is left of a name in the letters that a table's name may have, and not there yet.
std::string BridgeTables::free_name(const std::string& wanted) {
  constexpr std::size_t kLongest = 56;  // with a number behind it 64
  constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
  std::string name;
  for (const char c : wanted.substr(0, kLongest)) name += kAllowed.find(c) == std::string_view::npos ? '-' : c;
  std::string free = name;
  for (int number = 2; !names_.insert(free).second; ++number) free = name + "-" + std::to_string(number);
  return free;
}

}  // namespace

std::string bridge_tables(const std::vector<MosquittoBridge>& bridges, std::vector<Note>& notes) {
  return BridgeTables(notes).make(bridges);
}

}  // namespace tidegate::cli
