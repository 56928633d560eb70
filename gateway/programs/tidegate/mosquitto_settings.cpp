#include "gateway/programs/tidegate/mosquitto_settings.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>

#include "gateway/programs/tidegate/mosquitto_options.hpp"

namespace tidegate::cli {
namespace {

/// The name alone: what follows a misspelt remote_password, by a blank or by '=', is a password.
ConfLine without_value(ConfLine line) {
  constexpr std::string_view kNames = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
  line.key.resize(std::min(line.key.find_first_not_of(kNames), line.key.size()));
  line.value.clear();
  return line;
}

class SettingsReader {
 public:
  explicit SettingsReader(std::vector<Note>& notes) : notes_(notes) {}

  MosquittoSettings read(const std::vector<ConfLine>& lines) {
    for (const ConfLine& line : lines) take(line);
    if (settings_.listeners.size() > 1 && default_listener().is_local_only) {
      settings_.listeners.erase(settings_.listeners.begin());
    }
    return std::move(settings_);
  }

 private:
  void take(const ConfLine& line);
  void take_other(const ConfLine& line);

  void listener(const ConfLine& line);
  void port(const ConfLine& line);
  void bind_address(const ConfLine& line);
  void bind_interface(const ConfLine& line) { opened(line).interface = {line.value, line}; }
  void socket_domain(const ConfLine& line);
  void protocol(const ConfLine& line);
  void tls(const ConfLine& line);
  void max_connections(const ConfLine& line);
  void password_file(const ConfLine& line) { security(line).password_file = {line.value, line}; }
  void acl_file(const ConfLine& line) { security(line).acl_file = {line.value, line}; }
  void allow_anonymous(const ConfLine& line);
  void per_listener_settings(const ConfLine& line);
  void message_size_limit(const ConfLine& line) { set_number(settings_.message_size_limit, line); }
  void max_packet_size(const ConfLine& line) { set_number(settings_.max_packet_size, line); }
  void max_inflight_messages(const ConfLine& line) { set_number(settings_.max_inflight_messages, line); }
  void max_queued_messages(const ConfLine& line) { set_number(settings_.max_queued_messages, line); }
  void persistence_location(const ConfLine& line) { settings_.persistence_location = {line.value, line}; }
  void connection(const ConfLine& line);
  void address(const ConfLine& line);
  void bridge_cafile(const ConfLine& line);
  void bridge_tls(const ConfLine& line);
  void bridge_user(const ConfLine& line);
  void bridge_password(const ConfLine& line);
  void bridge_client_id(const ConfLine& line);
  void topic(const ConfLine& line);

  /// The listener that a line of this file speaks of: the last one in it, else the default listener.
  MosquittoListener& here(const ConfLine& line);
  /// The same. If it is the default listener, the line is one that makes mosquitto open it.
  MosquittoListener& opened(const ConfLine& line);
  MosquittoListener& default_listener() { return settings_.listeners[0]; }
  /// Nothing, with a note, if no bridge was begun in this file.
  MosquittoBridge* bridge(const ConfLine& line);
  MosquittoSecurity& security(const ConfLine& line);

  void set_number(std::optional<Set<std::int64_t>>& into, const ConfLine& line);
  std::optional<bool> flag(const ConfLine& line);
  void lose(const ConfLine& line, std::string why) { notes_.push_back({line, std::move(why), true}); }

  struct Handler {
    std::string_view key;
    void (SettingsReader::*take)(const ConfLine& line);
  };
  static const std::array<Handler, 33> kHandlers;

  std::vector<Note>& notes_;
  MosquittoSettings settings_{.listeners = {{.at = {}, .port = 1883, .host = {}, .is_local_only = true}}};
  std::map<std::size_t, std::size_t> listener_of_file_;
  std::map<std::size_t, std::size_t> bridge_of_file_;
};

const std::array<SettingsReader::Handler, 33> SettingsReader::kHandlers{{
    {"listener", &SettingsReader::listener},
    {"port", &SettingsReader::port},
    {"bind_address", &SettingsReader::bind_address},
    {"bind_interface", &SettingsReader::bind_interface},
    {"socket_domain", &SettingsReader::socket_domain},
    {"protocol", &SettingsReader::protocol},
    {"certfile", &SettingsReader::tls},
    {"keyfile", &SettingsReader::tls},
    {"psk_hint", &SettingsReader::tls},
    {"max_connections", &SettingsReader::max_connections},
    {"password_file", &SettingsReader::password_file},
    {"acl_file", &SettingsReader::acl_file},
    {"allow_anonymous", &SettingsReader::allow_anonymous},
    {"per_listener_settings", &SettingsReader::per_listener_settings},
    {"message_size_limit", &SettingsReader::message_size_limit},
    {"max_packet_size", &SettingsReader::max_packet_size},
    {"max_inflight_messages", &SettingsReader::max_inflight_messages},
    {"max_queued_messages", &SettingsReader::max_queued_messages},
    {"persistence_location", &SettingsReader::persistence_location},
    {"connection", &SettingsReader::connection},
    {"address", &SettingsReader::address},
    {"addresses", &SettingsReader::address},
    {"bridge_cafile", &SettingsReader::bridge_cafile},
    {"bridge_capath", &SettingsReader::bridge_tls},
    {"bridge_psk", &SettingsReader::bridge_tls},
    {"bridge_tls_use_os_certs", &SettingsReader::bridge_tls},
    {"remote_username", &SettingsReader::bridge_user},
    {"username", &SettingsReader::bridge_user},
    {"remote_password", &SettingsReader::bridge_password},
    {"password", &SettingsReader::bridge_password},
    {"remote_clientid", &SettingsReader::bridge_client_id},
    {"clientid", &SettingsReader::bridge_client_id},
    {"topic", &SettingsReader::topic},
}};

void SettingsReader::take(const ConfLine& line) {
  const auto handler =
      std::find_if(kHandlers.begin(), kHandlers.end(), [&](const Handler& known) { return known.key == line.key; });
  (this->*(handler == kHandlers.end() ? &SettingsReader::take_other : handler->take))(line);
}

void SettingsReader::take_other(const ConfLine& line) {
  using Verdict = MosquittoOption::Verdict;
  if (line.key.empty()) return lose(line, "is not text in UTF-8");
  if (line.key.starts_with('#')) {
    ConfLine sign = line;
    sign.key = "#";
    sign.value.clear();
    return lose(sign, "begins a comment in the first column alone: mosquitto does not start with this line");
  }
  const MosquittoOption* option = find_mosquitto_option(line.key);
  if (option == nullptr) return lose(without_value(line), "is not known: see mosquitto.conf(5) for what it does");
  if (option->verdict == Verdict::kDetail) return;
  if (option->verdict == Verdict::kLostGuard) settings_.has_lost_guard = true;
  bool is_lost = option->verdict == Verdict::kLost || option->verdict == Verdict::kLostGuard;
  if (option->verdict == Verdict::kLostIfTrue) is_lost = flag(line) == true;
  if (option->verdict == Verdict::kLostIfFalse) is_lost = flag(line) == false;
  notes_.push_back({line, std::string(option->why), is_lost});
}

MosquittoListener& SettingsReader::here(const ConfLine& line) {
  const auto begun = listener_of_file_.find(line.file_index);
  return begun == listener_of_file_.end() ? default_listener() : settings_.listeners[begun->second];
}

MosquittoListener& SettingsReader::opened(const ConfLine& line) {
  MosquittoListener& listener = here(line);
  if (listener.is_local_only) listener.at = line;
  listener.is_local_only = false;
  return listener;
}

void SettingsReader::listener(const ConfLine& line) {
  const auto words = words_of(line.value);
  MosquittoListener begun{.at = line, .port = 0, .host = words.size() > 1 ? words[1] : ""};
  const std::string digits = words.empty() ? "" : words[0];
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), begun.port);
  if (error != std::errc{} || end != digits.data() + digits.size() || begun.port > 65'535) {
    lose(line, "needs a port from 1 to 65535");
    begun.obstacle = "port";
  } else if (begun.port == 0) {
    begun.obstacle = "unix";
  }
  listener_of_file_[line.file_index] = settings_.listeners.size();
  settings_.listeners.push_back(std::move(begun));
}

void SettingsReader::port(const ConfLine& line) {
  std::optional<Set<std::int64_t>> number;
  set_number(number, line);
  if (!number) return;
  if (number->value < 1 || number->value > 65'535) return lose(line, "needs a port from 1 to 65535");
  default_listener().is_local_only = false;
  default_listener().at = line;
  default_listener().port = static_cast<std::uint32_t>(number->value);
}

void SettingsReader::bind_address(const ConfLine& line) {
  default_listener().is_local_only = false;
  default_listener().at = line;
  default_listener().host = line.value;
}

void SettingsReader::socket_domain(const ConfLine& line) {
  if (line.value != "ipv4" && line.value != "ipv6") return lose(line, "needs ipv4 or ipv6");
  opened(line).domain = {line.value, line};
}

void SettingsReader::protocol(const ConfLine& line) {
  if (line.value != "mqtt") opened(line).obstacle = "protocol " + line.value;
}

/// -1 is mosquitto's default, "no limit", and opens nothing.
void SettingsReader::max_connections(const ConfLine& line) {
  std::optional<Set<std::int64_t>> count;
  set_number(count, line);
  if (count) (count->value == -1 ? here(line) : opened(line)).max_connections = count;
}

/// certfile and keyfile come as a pair: the first is named.
void SettingsReader::tls(const ConfLine& line) {
  MosquittoListener& listener = opened(line);
  if (listener.obstacle.empty()) listener.obstacle = line.key;
}

MosquittoSecurity& SettingsReader::security(const ConfLine& line) {
  return settings_.has_per_listener_settings ? here(line).security : settings_.security;
}

void SettingsReader::allow_anonymous(const ConfLine& line) {
  if (const auto value = flag(line)) security(line).allow_anonymous = {*value, line};
}

void SettingsReader::per_listener_settings(const ConfLine& line) {
  settings_.has_per_listener_settings = flag(line).value_or(false);
}

void SettingsReader::connection(const ConfLine& line) {
  const auto words = words_of(line.value);
  bridge_of_file_[line.file_index] = settings_.bridges.size();
  settings_.bridges.push_back({.at = line, .name = words.empty() ? "bridge" : words[0]});
}

MosquittoBridge* SettingsReader::bridge(const ConfLine& line) {
  const auto begun = bridge_of_file_.find(line.file_index);
  if (begun != bridge_of_file_.end()) return &settings_.bridges[begun->second];
  lose(line, "belongs to a bridge, but no connection line is above it in this file");
  return nullptr;
}

void SettingsReader::address(const ConfLine& line) {
  if (MosquittoBridge* of = bridge(line)) of->addresses = {words_of(line.value), line};
}

void SettingsReader::bridge_cafile(const ConfLine& line) {
  if (MosquittoBridge* of = bridge(line)) of->ca = {line.value, line};
}

void SettingsReader::bridge_tls(const ConfLine& line) {
  if (MosquittoBridge* of = bridge(line)) of->has_other_tls = true;
  take_other(line);
}

void SettingsReader::bridge_user(const ConfLine& line) {
  if (MosquittoBridge* of = bridge(line)) of->user = {line.value, line};
}

void SettingsReader::bridge_password(const ConfLine& line) {
  if (MosquittoBridge* of = bridge(line)) of->password = line;
}

void SettingsReader::bridge_client_id(const ConfLine& line) {
  if (MosquittoBridge* of = bridge(line)) of->client_id = {line.value, line};
}

/// topic pattern [[[ out | in | both ] qos-level] local-prefix remote-prefix]
void SettingsReader::topic(const ConfLine& line) {
  auto words = words_of(line.value);
  for (std::string& word : words)
    if (word == "\"\"") word.clear();  // the place marker of what is empty
  MosquittoBridge* of = bridge(line);
  if (of == nullptr) return;
  if (words.empty()) return lose(line, "has no pattern");
  MosquittoTopic topic{.at = line, .pattern = words[0]};
  if (words.size() > 1) {
    topic.direction = words[1];
    for (char& c : topic.direction) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    if (topic.direction != "out" && topic.direction != "in" && topic.direction != "both") {
      return lose(line, "has the direction \"" + words[1] +
                            "\", which is not out, in or both: mosquitto separates words by spaces, in quotes too, and "
                            "does not start with this line");
    }
  }
  if (words.size() > 2 && words[2] == "1") topic.qos = 1;
  if (words.size() > 2 && words[2] == "2") topic.qos = 2;
  if (words.size() > 3) topic.local_prefix = words[3];
  if (words.size() > 4) topic.remote_prefix = words[4];
  of->topics.push_back(std::move(topic));
}

void SettingsReader::set_number(std::optional<Set<std::int64_t>>& into, const ConfLine& line) {
  const auto words = words_of(line.value);
  std::int64_t number = 0;
  const std::string digits = words.empty() ? "" : words[0];
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc{} || end != digits.data() + digits.size()) return lose(line, "needs a whole number");
  into = {number, line};
}

std::optional<bool> SettingsReader::flag(const ConfLine& line) {
  const auto words = words_of(line.value);
  const std::string word = words.empty() ? "" : words[0];
  if (word == "true" || word == "1") return true;
  if (word == "false" || word == "0") return false;
  lose(line, "needs true or false");
  return std::nullopt;
}

}  // namespace

MosquittoSettings read_settings(const std::vector<ConfLine>& lines, std::vector<Note>& notes) {
  return SettingsReader(notes).read(lines);
}

}  // namespace tidegate::cli
