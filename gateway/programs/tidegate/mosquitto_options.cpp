#include "gateway/programs/tidegate/mosquitto_options.hpp"

#include <algorithm>
#include <array>

namespace tidegate::cli {
namespace {

using enum MosquittoOption::Verdict;

constexpr std::string_view kPlugin =
    "plugins are not offered, so that this listens on loopback: list the users with mosquitto_passwd, set mqtt.users, "
    "then mqtt.listen";
constexpr std::string_view kSystemd = "systemd and the journal do this";
constexpr std::string_view kSaving = "what a stream takes is on disk before it is acknowledged";
constexpr std::string_view kCredentials =
    "a collector knows no credentials: let only your gateways reach its port. Kafka does: see upstream.NAME.sasl and "
    "cert";
constexpr std::string_view kConnection = "an upstream's connection is kept up, and made again, without it";

constexpr std::array kOptions{
    MosquittoOption{"auth_plugin", kLostGuard, kPlugin},
    MosquittoOption{"plugin", kLostGuard, kPlugin},
    MosquittoOption{"global_plugin", kLostGuard, kPlugin},
    MosquittoOption{"auth_plugin_deny_special_chars", kDetail, ""},
    MosquittoOption{"psk_file", kLost, "TLS with shared keys is not offered"},
    MosquittoOption{"clientid_prefixes", kLostGuard,
                    "client identifiers say nothing here, so that this listens on loopback: name users instead, in "
                    "mqtt.users, then set mqtt.listen"},
    MosquittoOption{"allow_zero_length_clientid", kNoNeed, "a client without an identifier gets one"},
    MosquittoOption{"auto_id_prefix", kNoNeed, "a client without an identifier gets one"},
    MosquittoOption{"use_username_as_clientid", kLostIfTrue, "client identifiers say nothing here: the user counts"},
    MosquittoOption{"max_keepalive", kLost, "a client's keep-alive is its own choice"},
    MosquittoOption{"memory_limit", kLost, "set store.cache, mqtt.max_connections and mqtt.max_message instead"},
    MosquittoOption{"mount_point", kLost, "topics are kept as they are sent: change them at the sensor"},
    MosquittoOption{"max_qos", kNoNeed, "QoS 0, 1 and 2 are taken"},
    MosquittoOption{"max_topic_alias", kDetail, ""},
    MosquittoOption{"http_dir", kLost, "files are not served; /status and /metrics are at control.listen"},
    // How it runs
    MosquittoOption{"pid_file", kNoNeed, kSystemd},
    MosquittoOption{"user", kNoNeed, kSystemd},
    MosquittoOption{"log_dest", kNoNeed, kSystemd},
    MosquittoOption{"log_facility", kNoNeed, kSystemd},
    MosquittoOption{"log_timestamp", kNoNeed, kSystemd},
    MosquittoOption{"log_timestamp_format", kNoNeed, kSystemd},
    MosquittoOption{"log_type", kNoNeed, "tidegated --debug logs each message"},
    MosquittoOption{"connection_messages", kNoNeed, "tidegated --debug logs each message"},
    MosquittoOption{"websockets_log_level", kDetail, ""},
    MosquittoOption{"websockets_headers_size", kDetail, ""},
    MosquittoOption{"set_tcp_nodelay", kNoNeed, "acknowledgements are sent at once"},
    MosquittoOption{"sys_interval", kNoNeed, "`tidegate status` and /metrics tell what $SYS does"},
    // What is stored
    MosquittoOption{"persistence", kLostIfTrue,
                    "what a stream takes is on disk, but retained messages and QoS 1 messages for who is away are not "
                    "kept over a restart"},
    MosquittoOption{"persistence_file", kNoNeed, kSaving},
    MosquittoOption{"autosave_interval", kNoNeed, kSaving},
    MosquittoOption{"autosave_on_changes", kNoNeed, kSaving},
    // Subscribers
    MosquittoOption{"allow_duplicate_messages", kLostIfTrue, "a subscriber whose filters overlap gets one copy"},
    MosquittoOption{"check_retain_source", kNoNeed, "there are no rules by topic that a source could break"},
    MosquittoOption{"max_inflight_bytes", kLost, "what is sent to a subscriber at a time is bounded by itself"},
    MosquittoOption{"max_queued_bytes", kLost, "1 MiB waits for one subscriber at most, and 32 MiB for all of them"},
    MosquittoOption{"persistent_client_expiration", kLost, "set mqtt.session_expiry instead"},
    MosquittoOption{"queue_qos0_messages", kLostIfTrue, "QoS 0 is not kept for who is away"},
    MosquittoOption{"retain_available", kLostIfFalse,
                    "retained messages are kept, of mqtt.max_retained topics at most"},
    MosquittoOption{"upgrade_outgoing_qos", kLostIfTrue, "a message is delivered at the lower of its two QoS"},
    // TLS of a listener: the listener itself is named
    MosquittoOption{"cafile", kDetail, ""},
    MosquittoOption{"capath", kDetail, ""},
    MosquittoOption{"ciphers", kDetail, ""},
    MosquittoOption{"ciphers_tls1.3", kDetail, ""},
    MosquittoOption{"crlfile", kDetail, ""},
    MosquittoOption{"dhparamfile", kDetail, ""},
    MosquittoOption{"require_certificate", kDetail, ""},
    MosquittoOption{"tls_engine", kDetail, ""},
    MosquittoOption{"tls_engine_kpass_sha1", kDetail, ""},
    MosquittoOption{"tls_keyform", kDetail, ""},
    MosquittoOption{"tls_version", kDetail, ""},
    MosquittoOption{"use_identity_as_username", kDetail, ""},
    MosquittoOption{"use_subject_as_username", kDetail, ""},
    // Bridges
    MosquittoOption{"remote_clientid", kNoNeed, "gateway.id is the name by which a collector knows this gateway"},
    MosquittoOption{"clientid", kNoNeed, "gateway.id is the name by which a collector knows this gateway"},
    MosquittoOption{"remote_username", kLost, kCredentials},
    MosquittoOption{"username", kLost, kCredentials},
    MosquittoOption{"remote_password", kLost, kCredentials},
    MosquittoOption{"password", kLost, kCredentials},
    MosquittoOption{"bridge_certfile", kLost, kCredentials},
    MosquittoOption{"bridge_keyfile", kLost, kCredentials},
    MosquittoOption{"bridge_identity", kLost, kCredentials},
    MosquittoOption{"bridge_psk", kLost, kCredentials},
    MosquittoOption{"bridge_capath", kLost, "write one file of certificates into upstream.NAME.ca"},
    MosquittoOption{"bridge_insecure", kLostIfTrue, "an upstream's certificate is always checked, its name too"},
    MosquittoOption{"bridge_alpn", kNoNeed, "gRPC chooses its own"},
    MosquittoOption{"bridge_tls_version", kNoNeed, "TLS 1.2 or later is spoken"},
    MosquittoOption{"bridge_require_ocsp", kLostIfTrue, "certificates are not asked for at their authority"},
    MosquittoOption{"bridge_bind_address", kLost, "the system's routes choose the way"},
    MosquittoOption{"bridge_max_packet_size", kLost,
                    "batches keep to the collector's limit; mqtt.max_message limits one"},
    MosquittoOption{"notifications", kNoNeed, "`tidegate status` tells whether an upstream is connected"},
    MosquittoOption{"notifications_local_only", kNoNeed, "`tidegate status` tells whether an upstream is connected"},
    MosquittoOption{"notification_topic", kLost,
                    "`tidegate status` and /metrics tell whether an upstream is connected"},
    MosquittoOption{"start_type", kNoNeed, kConnection},
    MosquittoOption{"threshold", kNoNeed, kConnection},
    MosquittoOption{"idle_timeout", kNoNeed, kConnection},
    MosquittoOption{"keepalive_interval", kNoNeed, kConnection},
    MosquittoOption{"restart_timeout", kNoNeed, kConnection},
    MosquittoOption{"cleansession", kNoNeed, "what an upstream has not confirmed is kept"},
    MosquittoOption{"local_cleansession", kNoNeed, "what an upstream has not confirmed is kept"},
    MosquittoOption{"local_clientid", kNoNeed, "an upstream is no client of the gateway"},
    MosquittoOption{"local_username", kNoNeed, "an upstream is no client of the gateway"},
    MosquittoOption{"local_password", kNoNeed, "an upstream is no client of the gateway"},
    MosquittoOption{"round_robin", kDetail, ""},
    MosquittoOption{"try_private", kNoNeed, "it is MQTT's alone"},
    MosquittoOption{"bridge_attempt_unsubscribe", kNoNeed, "it is MQTT's alone"},
    MosquittoOption{"bridge_outgoing_retain", kNoNeed, "it is MQTT's alone"},
    MosquittoOption{"bridge_protocol_version", kNoNeed, "it is MQTT's alone"},
};

constexpr MosquittoOption kPluginOption{"auth_opt_*", kDetail, ""};

}  // namespace

const MosquittoOption* find_mosquitto_option(std::string_view name) {
  if (name.starts_with("auth_opt_") || name.starts_with("plugin_opt_")) return &kPluginOption;
  const auto found =
      std::find_if(kOptions.begin(), kOptions.end(), [&](const MosquittoOption& known) { return known.name == name; });
  return found == kOptions.end() ? nullptr : &*found;
}

}  // namespace tidegate::cli
