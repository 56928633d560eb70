#include "gateway/programs/tidegate/mosquitto_listeners.hpp"

#include <arpa/inet.h>

#include <algorithm>

#include "gateway/base/address.hpp"
#include "gateway/base/text_file.hpp"
#include "gateway/config/units.hpp"
#include "gateway/programs/tidegate/toml_text.hpp"
#include "gateway/south/users/users.hpp"

namespace tidegate::cli {
namespace {

constexpr std::string_view kLoopback = "127.0.0.1";
constexpr std::string_view kLoopbackIpv6 = "::1";

bool is_unspecified_ipv6(const std::string& host) {
  in6_addr address{};
  return inet_pton(AF_INET6, host.c_str(), &address) == 1 && IN6_IS_ADDR_UNSPECIFIED(&address);
}

std::string why_not(const MosquittoListener& listener) {
  if (listener.obstacle.starts_with("protocol")) {
    return "with " + listener.obstacle + ": MQTT over TCP is offered alone; let the sensors use that";
  }
  if (listener.obstacle == "unix") return "Unix sockets are not offered: let the clients use 127.0.0.1";
  return "with " + listener.obstacle +
         ": TLS listeners are not offered yet; on a network that you trust, listen without";
}

class MqttTable {
 public:
  MqttTable(const MosquittoSettings& settings, Disk& disk, std::vector<Note>& notes)
      : settings_(settings), disk_(disk), notes_(notes) {}

  std::string make() {
    const MosquittoListener listener = choose();
    const bool is_closed = !let_in(listener);
    return "\n[mqtt]\n" + listen_line(listener, is_closed) + users_lines_ +
           count_line("max_connections", 1'000'000, listener.max_connections) + max_message_line() +
           count_line("receive_maximum", 65'535, settings_.max_inflight_messages) +
           count_line("max_queued", 1'000'000, settings_.max_queued_messages);
  }

 private:
  MosquittoListener choose();
  bool let_in(const MosquittoListener& listener);
  bool take_clients(const MosquittoListener& listener, const MosquittoSecurity& security);
  bool take_users(const Set<std::string>& file);
  void name_rules(const Set<std::string>& file);
  std::string listen_line(const MosquittoListener& listener, bool is_closed);
  std::string count_line(std::string_view key, std::int64_t most, const std::optional<Set<std::int64_t>>& count);
  std::string max_message_line();
  void lose(const ConfLine& line, std::string why) { notes_.push_back({line, std::move(why), true}); }

  const MosquittoSettings& settings_;
  Disk& disk_;
  std::vector<Note>& notes_;
  std::string users_lines_;
};

/// The first that speaks plain MQTT over TCP, else one for this machine alone; the others are named.
MosquittoListener MqttTable::choose() {
  const MosquittoListener* chosen = nullptr;
  for (const MosquittoListener& listener : settings_.listeners) {
    if (listener.obstacle == "port") continue;  // named already
    if (!listener.obstacle.empty()) {
      lose(listener.at, why_not(listener));
    } else if (chosen == nullptr) {
      chosen = &listener;
    } else {
      lose(listener.at, "one listener is offered, and line " + std::to_string(chosen->at.line) + " of " +
                            chosen->at.file + " is it; \"[::]:PORT\" listens on every address");
    }
  }
  return chosen != nullptr ? *chosen : MosquittoListener{.at = {}, .port = 1883, .host = std::string(kLoopback)};
}

/// Whether those whom mosquitto lets in, and nobody else, are let in by what is written, and to no more than they were.
bool MqttTable::let_in(const MosquittoListener& listener) {
  const MosquittoSecurity& security = settings_.has_per_listener_settings ? listener.security : settings_.security;
  if (security.acl_file) name_rules(*security.acl_file);
  return take_clients(listener, security) && !security.acl_file && !settings_.has_lost_guard;
}

bool MqttTable::take_clients(const MosquittoListener& listener, const MosquittoSecurity& security) {
  const bool lets_anyone_in = listener.is_local_only || (security.allow_anonymous && security.allow_anonymous->value);
  if (security.password_file) {
    if (!take_users(*security.password_file)) return false;
    if (lets_anyone_in) {
      lose(security.allow_anonymous ? security.allow_anonymous->at : security.password_file->at,
           "with mqtt.users a client without a user is not let in: remove users to let everyone in");
    }
    return true;
  }
  if (lets_anyone_in) return true;
  if (listener.at.key.empty()) return false;  // it stands for others, which are named
  lose(security.allow_anonymous ? security.allow_anonymous->at : listener.at,
       "no password_file tells who may connect here, so that this listens on loopback: make one with "
       "`mosquitto_passwd -c /etc/tidegate/users NAME`, set mqtt.users, then mqtt.listen");
  return false;
}

bool MqttTable::take_users(const Set<std::string>& file) {
  const std::string line = toml_line("users", toml_quoted(file.value), file.at);
  if (!file.value.starts_with('/')) {
    lose(file.at, "is not an absolute path, so that this listens on loopback: set mqtt.users, then mqtt.listen");
    return false;
  }
  if (const auto users = south::Users::load(file.value, disk_); !users) {
    std::string why = users.error().message;
    std::replace(why.begin(), why.end(), '\n', ';');
    lose(file.at, "cannot be used as it is, so that this listens on loopback (" + why +
                      "): mend it, remove the # before users, then set mqtt.listen");
    users_lines_ = "#" + line;
    return false;
  }
  users_lines_ = "# The user that tidegated runs as must be able to read it.\n" + line;
  return true;
}

/// Rules by topic, each by name: a rule that is gone must not be missed by chance.
void MqttTable::name_rules(const Set<std::string>& file) {
  lose(file.at,
       "rules by topic are not offered yet, and whoever may connect may publish and subscribe to any topic, so that "
       "this listens on loopback: if you trust all of them, set mqtt.listen");
  const auto text = read_text_file(disk_, file.value);
  if (!text) return lose(file.at, "its rules cannot be read: " + text.error().message);
  std::vector<ConfLine> rules;
  read_conf_text(*text, file.value, 0, rules);
  for (const ConfLine& rule : rules) {
    if (rule.key != "user") lose(rule, "is not carried over");  // a user's rules are below it
  }
}

std::string MqttTable::listen_line(const MosquittoListener& listener, bool is_closed) {
  const bool is_ipv4_alone = listener.domain && listener.domain->value == "ipv4";
  const bool is_ipv6_alone = is_unspecified_ipv6(listener.host) || (listener.domain && !is_ipv4_alone);
  const std::string loopback(is_ipv6_alone ? kLoopbackIpv6 : kLoopback);
  std::string host = listener.host;
  if (host == "localhost" || listener.is_local_only) host = loopback;
  if (host.empty()) host = is_ipv4_alone ? "0.0.0.0" : "::";
  if (listener.interface) {
    lose(listener.interface->at,
         "interfaces are not named here, so that this listens on loopback: write an address of it into mqtt.listen");
    host = loopback;
  } else if (!is_ip_address(host)) {
    lose(listener.at,
         "\"" + host + "\" is not a numeric address, so that this listens on loopback: write one into mqtt.listen");
    host = loopback;
  } else if (is_ipv6_alone && is_unspecified_ipv6(host)) {
    lose(listener.domain ? listener.domain->at : listener.at,
         "mosquitto takes IPv6 alone here, and [::] takes IPv4 too, so that this listens on loopback: write an IPv6 "
         "address of this machine into mqtt.listen, or [::] if IPv4 may come in as well");
    is_closed = true;
  }
  const auto line = [&](const std::string& at) {
    return toml_line("listen", toml_quoted(to_string(HostPort{at, static_cast<std::uint16_t>(listener.port)})),
                     listener.at);
  };
  if (!is_closed || is_loopback(host)) return line(host);
  return "# As it was; read what `tidegate import` said of it before you open it again.\n#" + line(host) +
         line(loopback);
}

std::string MqttTable::count_line(std::string_view key, std::int64_t most,
                                  const std::optional<Set<std::int64_t>>& count) {
  if (!count) return {};
  if (count->value >= 1 && count->value <= most) return toml_line(key, std::to_string(count->value), count->at);
  lose(count->at, "has a limit here: set mqtt." + std::string(key) + ", from 1 to " + std::to_string(most));
  return {};
}

/// mosquitto limits the payload, the packet, or both; ours is the packet.
std::string MqttTable::max_message_line() {
  constexpr std::int64_t kRoomForTopic = 1024;
  constexpr std::int64_t kLeast = 1024;
  constexpr std::int64_t kMost = 768 * 1024;
  std::optional<Set<std::int64_t>> limit = settings_.message_size_limit;
  if (limit && limit->value > 0 && limit->value <= kMost) limit->value = std::min(limit->value + kRoomForTopic, kMost);
  const auto& packet = settings_.max_packet_size;
  const bool is_packet_smaller =
      packet && packet->value > 0 && (!limit || limit->value <= 0 || packet->value < limit->value);
  if (is_packet_smaller || !limit) limit = packet;
  if (!limit) return {};
  if (limit->value <= 0) {
    lose(limit->at, "messages have a limit here: it is 256 KiB unless you set mqtt.max_message, 768 KiB at most");
    return {};
  }
  const std::int64_t bytes = std::clamp(limit->value, kLeast, kMost);
  if (bytes != limit->value) lose(limit->at, "mqtt.max_message is from 1 KiB to 768 KiB: the nearest is written");
  return toml_line("max_message", toml_quoted(config::format_size(static_cast<std::uint64_t>(bytes))), limit->at);
}

}  // namespace

std::string mqtt_table(const MosquittoSettings& settings, Disk& disk, std::vector<Note>& notes) {
  return MqttTable(settings, disk, notes).make();
}

}  // namespace tidegate::cli
