#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "gateway/base/after_timer.hpp"
#include "gateway/base/disk.hpp"
#include "gateway/base/event_log.hpp"
#include "gateway/base/executor.hpp"
#include "gateway/base/metrics.hpp"
#include "gateway/base/random.hpp"
#include "gateway/north/upstream.hpp"

namespace tidegate::north {

struct KafkaOptions {
  std::string name;           ///< Of the upstream in the configuration; label of its metrics.
  std::string brokers;        ///< "host:port,host:port": where to ask for all brokers of the cluster.
  std::string topic;          ///< Template of the Kafka topic (see README.md beside this file).
  std::string key;            ///< Template of the key; empty: the whole MQTT topic.
  bool tls = true;            ///< False: plain text, for loopback and trusted networks.
  std::string ca_file;        ///< PEM file that signs the brokers' certificates; empty: the system's.
  std::string cert_file;      ///< PEM file of the client's certificate, with key_file; empty: none.
  std::string key_file;       ///< PEM file of its key.
  std::string sasl;           ///< "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"; empty: no SASL.
  std::string user;           ///< Of SASL.
  std::string password_file;  ///< Read at each start of a producer; a newline at its end does not count.
  std::string gateway_id;
  std::uint32_t max_message_bytes = 1'000'000;  ///< Topic, headers and payload of one message.
  std::uint32_t max_queued_bytes = 4 << 20;     ///< Sent and not yet confirmed; beyond it can_send() is false.
  std::uint32_t max_queued_messages = 10'000;   ///< Likewise: as many, at most, are sent again after a kill.
  std::chrono::milliseconds backoff_min{500};
  std::chrono::milliseconds backoff_max{30'000};
};

/// An upstream that sends to Kafka with an idempotent producer that waits for all replicas (acks=all), one message a
/// record. What Kafka receives and in which order is in README.md beside this file.
///
/// Threads: every call from the reactor, and every call of the listener comes there; a thread of the producer's own
/// takes librdkafka's events and posts them, batched. Bounded: max_queued_bytes, max_queued_messages. Lifetime: close()
/// before destruction, it gives up what is under way and waits until librdkafka has let go of it (at most about two
/// seconds); the references must outlive it. Errors: none are returned. A broker that is away is waited for, without an
/// end; a producer that cannot go on is destroyed and made anew after a delay that doubles from backoff_min to
/// backoff_max; a record that Kafka refuses for good is told by on_result(kRejected), and confirmed when the listener
/// has answered with send_skip(kRejected).
std::unique_ptr<Upstream> make_kafka_upstream(KafkaOptions options, Disk& disk, Executor reactor, AfterTimer after,
                                              Random& random, EventLog& events, Metrics& metrics);

}  // namespace tidegate::north
