#pragma once

#include <optional>
#include <string>
#include <vector>

#include "gateway/programs/tidegate/mosquitto_conf.hpp"

namespace tidegate::cli {

/// A value, and the line that set it.
template <class T>
struct Set {
  T value{};
  ConfLine at;
};

/// Who is let in: of all listeners, or of each with per_listener_settings.
struct MosquittoSecurity {
  std::optional<Set<std::string>> password_file;
  std::optional<Set<bool>> allow_anonymous;
  std::optional<Set<std::string>> acl_file;
};

struct MosquittoListener {
  ConfLine at;                 ///< The line that began it, or the first that opened the default listener.
  std::uint32_t port = 0;      ///< 0: a Unix socket.
  std::string host;            ///< Empty: every address.
  bool is_local_only = false;  ///< Nothing opened it: mosquitto then lets in anyone on this machine, and nobody else.
  std::string obstacle{};      ///< The line that makes it something else than plain MQTT over TCP: "certfile".
  std::optional<Set<std::string>> interface {};
  std::optional<Set<std::string>> domain{};  ///< "ipv4" or "ipv6" alone.
  std::optional<Set<std::int64_t>> max_connections{};
  MosquittoSecurity security{};
};

struct MosquittoTopic {
  ConfLine at;
  std::string pattern;
  std::string direction = "out";  ///< "in", "out" or "both".
  std::uint8_t qos = 0;           ///< 0 to 2.
  std::string local_prefix{};
  std::string remote_prefix{};
};

struct MosquittoBridge {
  ConfLine at;
  std::string name;
  std::optional<Set<std::vector<std::string>>> addresses{};
  std::optional<Set<std::string>> user{};
  std::optional<ConfLine> password{};
  std::optional<Set<std::string>> client_id{};
  std::optional<Set<std::string>> ca{};
  bool has_other_tls = false;  ///< It is encrypted by lines that are named and not carried over.
  std::vector<MosquittoTopic> topics{};
};

/// What a configuration says that the importer has a place for.
struct MosquittoSettings {
  std::vector<MosquittoListener> listeners{};  ///< The default listener, if it is open or alone, comes first.
  std::vector<MosquittoBridge> bridges{};
  bool has_per_listener_settings = false;
  bool has_lost_guard = false;  ///< Something that is not carried over told who may do what.
  MosquittoSecurity security{};
  std::optional<Set<std::int64_t>> message_size_limit{};
  std::optional<Set<std::int64_t>> max_packet_size{};
  std::optional<Set<std::int64_t>> max_inflight_messages{};
  std::optional<Set<std::int64_t>> max_queued_messages{};
  std::optional<Set<std::string>> persistence_location{};
};

/// Adds a note for each line that means nothing to the importer.
MosquittoSettings read_settings(const std::vector<ConfLine>& lines, std::vector<Note>& notes);

}  // namespace tidegate::cli
