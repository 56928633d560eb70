#include "gateway/north/kafka/producer_config.hpp"

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "gateway/base/text_file.hpp"

namespace tidegate::north {
namespace {

using Settings = std::vector<std::pair<std::string, std::string>>;

// A producer that writes each message once and in order for as long as it lives, and never gives one up by itself. A
// batch that is refused stops it (gapless): nothing of the same device that follows may be written before it.
Settings delivery_settings(const KafkaOptions& options, bool careful) {
  return {
      {"bootstrap.servers", options.brokers},
      {"client.id", options.gateway_id},
      {"acks", "all"},
      {"enable.idempotence", "true"},
      {"enable.gapless.guarantee", "true"},
      {"max.in.flight.requests.per.connection", "5"},
      {"message.timeout.ms", "0"},
      {"compression.codec", "zstd"},
      // The route hands over everything durable at once, so that this has to outlast one send() and no more.
      {"linger.ms", careful ? "0" : "5"},
      {"message.max.bytes", std::to_string(options.max_message_bytes)},
      {"queue.buffering.max.messages", std::to_string(2 * options.max_queued_messages)},
      {"queue.buffering.max.kbytes", std::to_string(2 * options.max_queued_bytes / 1024)},
  };
}

// What it costs to stand by, and what is said about it.
Settings quiet_settings() {
  return {
      {"statistics.interval.ms", "0"},
      {"topic.metadata.refresh.interval.ms", "900000"},
      {"reconnect.backoff.ms", "250"},
      {"reconnect.backoff.max.ms", "30000"},
      {"log.connection.close", "false"},
      {"log.queue", "true"},
      {"log_level", "4"},
      {"socket.keepalive.enable", "true"},
  };
}

Result<Settings> security_settings(const KafkaOptions& options, Disk& disk) {
  Settings settings{{"security.protocol", options.sasl.empty() ? (options.tls ? "ssl" : "plaintext")
                                                               : (options.tls ? "sasl_ssl" : "sasl_plaintext")}};
  if (options.tls) {
    settings.emplace_back("enable.ssl.certificate.verification", "true");
    settings.emplace_back("ssl.endpoint.identification.algorithm", "https");
    for (const auto& [name, file] : {std::pair("ssl.ca.location", &options.ca_file),
                                     {"ssl.certificate.location", &options.cert_file},
                                     {"ssl.key.location", &options.key_file}})
      if (!file->empty()) settings.emplace_back(name, *file);
  }
  if (options.sasl.empty()) return settings;
  auto password = read_text_file(disk, options.password_file);
  if (!password) return password.error();
  while (password->ends_with('\n') || password->ends_with('\r')) password->pop_back();
  settings.emplace_back("sasl.mechanism", options.sasl);
  settings.emplace_back("sasl.username", options.user);
  settings.emplace_back("sasl.password", *password);
  return settings;
}

Result<void> apply(rd_kafka_conf_t* conf, const Settings& settings) {
  std::array<char, 256> why{};
  for (const auto& [name, value] : settings)
    if (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), why.data(), why.size()) != RD_KAFKA_CONF_OK)
      return Error{ErrorKind::kInvalid, why.data()};
  return {};
}

}  // namespace

Result<rd_kafka_conf_t*> producer_config(const KafkaOptions& options, Disk& disk, bool careful) {
  const auto security = security_settings(options, disk);
  if (!security) return security.error();
  rd_kafka_conf_t* const conf = rd_kafka_conf_new();
  for (const Settings& settings : {delivery_settings(options, careful), quiet_settings(), *security})
    if (auto applied = apply(conf, settings); !applied) {
      rd_kafka_conf_destroy(conf);
      return applied.error();
    }
  rd_kafka_conf_set_events(conf, RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR | RD_KAFKA_EVENT_LOG);
  return conf;
}

}  // namespace tidegate::north
