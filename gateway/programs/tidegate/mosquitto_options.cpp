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
constexpr std::string_view kCertificate =
    "neither a broker nor a collector is shown a certificate. Kafka is: see upstream.NAME.cert";
constexpr std::string_view kSharedKeys = "TLS with shared keys is not offered";
constexpr std::string_view kConnection = "the connection is kept up, and made again, without it";
constexpr std::string_view kConnected = "`tidegate status` tells whether a broker or an upstream is connected";
constexpr std::string_view kUnfinished =
    "what an upstream has not confirmed is kept, and a broker keeps what the gateway has not acknowledged";
constexpr std::string_view kLocalClient = "neither a broker nor an upstream is a client of the gateway";
constexpr std::string_view kNothingBack = "the gateway publishes nothing to a broker";

constexpr std::array kOptions{
    MosquittoOption{"auth_plugin", kLostGuard, kPlugin},
    MosquittoOption{"plugin", kLostGuard, kPlugin},
    MosquittoOption{"global_plugin", kLostGuard, kPlugin},
    MosquittoOption{"auth_plugin_deny_special_chars", kDetail, ""},
    MosquittoOption{"psk_file", kLost, kSharedKeys},
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
    MosquittoOption{"bridge_certfile", kLost, kCertificate},
    MosquittoOption{"bridge_keyfile", kLost, kCertificate},
    MosquittoOption{"bridge_identity", kLost, kSharedKeys},
    MosquittoOption{"bridge_psk", kLost, kSharedKeys},
    MosquittoOption{"bridge_capath", kLost, "write one file of certificates into broker.NAME.ca and upstream.NAME.ca"},
    MosquittoOption{"bridge_tls_use_os_certs", kNoNeed,
                    "the system's certificate authorities are taken where no ca is set"},
    MosquittoOption{"bridge_insecure", kLostIfTrue, "the other side's certificate is always checked, its name too"},
    MosquittoOption{"bridge_alpn", kLost, "a broker is sent none; to a collector gRPC sends its own"},
    MosquittoOption{"bridge_tls_version", kNoNeed, "TLS 1.2 or later is spoken"},
    MosquittoOption{"bridge_require_ocsp", kLostIfTrue, "certificates are not asked for at their authority"},
    MosquittoOption{"bridge_bind_address", kLost, "the system's routes choose the way"},
    MosquittoOption{"bridge_max_packet_size", kLost,
                    "mqtt.max_message limits what a broker sends; batches keep to the collector's limit"},
    MosquittoOption{"notifications", kNoNeed, kConnected},
    MosquittoOption{"notifications_local_only", kNoNeed, kConnected},
    MosquittoOption{"notification_topic", kLost,
                    "`tidegate status` and /metrics tell whether a broker or an upstream is connected"},
    MosquittoOption{"start_type", kNoNeed, kConnection},
    MosquittoOption{"threshold", kNoNeed, kConnection},
    MosquittoOption{"idle_timeout", kNoNeed, kConnection},
    MosquittoOption{"keepalive_interval", kNoNeed, kConnection},
    MosquittoOption{"restart_timeout", kNoNeed, kConnection},
    MosquittoOption{"cleansession", kNoNeed, kUnfinished},
    MosquittoOption{"local_cleansession", kNoNeed, kUnfinished},
    MosquittoOption{"local_clientid", kNoNeed, kLocalClient},
    MosquittoOption{"local_username", kNoNeed, kLocalClient},
    MosquittoOption{"local_password", kNoNeed, kLocalClient},
    MosquittoOption{"round_robin", kDetail, ""},
    MosquittoOption{"try_private", kNoNeed, kNothingBack},
    MosquittoOption{"bridge_attempt_unsubscribe", kNoNeed, "what is written is subscribed to, and nothing else"},
    MosquittoOption{"bridge_outgoing_retain", kNoNeed, kNothingBack},
    MosquittoOption{"bridge_protocol_version", kNoNeed, "MQTT 5.0 is spoken to a broker, gRPC to a collector"},
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
