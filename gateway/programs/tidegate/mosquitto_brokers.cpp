#include "gateway/programs/tidegate/mosquitto_brokers.hpp"

#include <algorithm>

#include "gateway/programs/tidegate/toml_text.hpp"
#include "proto/mqtt/topic.hpp"

namespace tidegate::cli {
namespace {

constexpr std::size_t kMostFilters = 1000;  // of a broker
constexpr std::uint8_t kBestQos = 1;        // likewise

void lose(std::vector<Note>& notes, const ConfLine& line, std::string why) {
  notes.push_back({line, std::move(why), true});
}

struct Wanted {
  const MosquittoTopic& topic;
  std::string filter;  ///< As the other broker knows it.
};

std::string credentials(const MosquittoBridge& bridge, const std::string& name, std::vector<Note>& notes);
std::string tls_lines(const MosquittoBridge& bridge, const std::string& name, std::vector<Note>& notes);

}  // namespace

IncomingTopics incoming_topics(const MosquittoBridge& bridge, std::vector<Note>& notes) {
  std::vector<Wanted> wanted;
  for (const MosquittoTopic& topic : bridge.topics) {
    if (topic.direction == "out") continue;
    std::string filter = topic.remote_prefix + topic.pattern;
    if (!mqtt::valid_filter(filter) || mqtt::without_share(filter).empty()) {
      lose(notes, topic.at, "\"" + filter + "\" is not a topic filter");
    } else {
      wanted.push_back({topic, std::move(filter)});
    }
  }
  std::vector<std::string_view> matched;
  matched.reserve(wanted.size());
  for (const Wanted& one : wanted) matched.push_back(mqtt::without_share(one.filter));
  IncomingTopics incoming;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const auto& [topic, filter] = wanted[i];
    if (const auto wider = mqtt::find_covering(matched, i)) {
      notes.push_back({topic.at, "\"" + filter + "\" comes with \"" + wanted[*wider].filter + "\"", false});
    } else if (incoming.filters.size() == kMostFilters) {
      lose(notes, topic.at, "a broker has at most 1,000 filters");
      continue;
    } else {
      incoming.filters.push_back(filter);
    }
    incoming.qos = std::max(incoming.qos, topic.qos);
    if (topic.qos > kBestQos) lose(notes, topic.at, "it comes at QoS 1, so that a message may come twice");
    if (topic.local_prefix != topic.remote_prefix) {
      lose(notes, topic.at,
           "topics come as the broker names them, with \"" + topic.remote_prefix + "\" and without \"" +
               topic.local_prefix + "\": name them so in streams and to subscribers");
    }
  }
  return incoming;
}

std::string broker_table(const MosquittoBridge& bridge, const IncomingTopics& incoming, const Set<HostPort>& address,
                         const std::string& name, std::vector<Note>& notes) {
  lose(notes, address.at, "broker." + name + " must speak MQTT 5.0, as mosquitto does from 1.6 on");
  std::string text = "\n[broker." + toml_key(name) + "]\n" +
                     toml_line("mqtt", toml_quoted(to_string(address.value)), address.at) +
                     toml_line("topics", toml_list(incoming.filters), bridge.at);
  if (incoming.qos == 0) text += toml_line("qos", "0", bridge.at);
  if (bridge.client_id && !bridge.client_id->value.empty()) {
    text += toml_line("client_id", toml_quoted(bridge.client_id->value), bridge.client_id->at);
    lose(notes, bridge.client_id->at,
         "broker." + name + ".client_id has it, and takes over the session that the bridge left there, with its " +
             "subscriptions: stop the bridge first");
  }
  return text + credentials(bridge, name, notes) + tls_lines(bridge, name, notes);
}

namespace {

std::string credentials(const MosquittoBridge& bridge, const std::string& name, std::vector<Note>& notes) {
  std::string text;
  if (bridge.user && !bridge.user->value.empty())
    text += toml_line("user", toml_quoted(bridge.user->value), bridge.user->at);
  if (!bridge.password) return text;
  lose(notes, *bridge.password,
       "is not written here: put it into a file that the gateway alone can read, and set broker." + name +
           ".password_file");
  return text +
         "# Put the password, and nothing else, into a file that the gateway alone can read, and name it here.\n#" +
         toml_line("password_file", toml_quoted("/etc/tidegate/" + name + ".password"), *bridge.password);
}

std::string tls_lines(const MosquittoBridge& bridge, const std::string& name, std::vector<Note>& notes) {
  if (!bridge.ca) return bridge.has_other_tls ? std::string() : toml_line("tls", "false", bridge.at);
  if (bridge.ca->value.starts_with('/')) return toml_line("ca", toml_quoted(bridge.ca->value), bridge.ca->at);
  lose(notes, bridge.ca->at, "is not an absolute path: set broker." + name + ".ca");
  return {};
}

}  // namespace

}  // namespace tidegate::cli
