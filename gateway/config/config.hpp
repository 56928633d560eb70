#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace tidegate::config {

enum class WhenFull { kDropOldest, kRefuse };

/// [gateway]
struct Gateway {
  std::string id;                        ///< Empty: from the board (programs/tidegated/board.hpp).
  std::chrono::seconds crash_loop{600};  ///< Three crashes within this time park the routes; 0: never.
};

/// [mqtt]
struct Mqtt {
  std::string listen = "127.0.0.1:1883";  ///< address:port; port 0 takes a free one. Empty: no MQTT listener.
  std::string users;                      ///< mosquitto password file; empty: anyone may connect.
  std::uint32_t max_connections = 10'000;
  std::uint32_t max_message_bytes = 256 << 10;  ///< Topic, properties and payload of one PUBLISH.
  std::uint16_t receive_maximum = 1024;
  double client_rate_per_s = 0;        ///< Messages a second for each client on average; 0: no limit.
  double client_burst = 0;             ///< Messages at once above that rate; 0: ten seconds' worth.
  std::uint32_t max_queued = 1'000;    ///< QoS 1 messages that wait for one subscriber, and QoS 2 likewise.
  std::uint32_t max_sessions = 1'000;  ///< That outlive their connections.
  std::chrono::seconds session_expiry{7 * 86'400};
  std::uint32_t max_retained = 10'000;          ///< Topics with a retained message.
  std::chrono::seconds refuse_close_after{30};  ///< A client that is held back this long is closed.
};

/// [broker.NAME]
struct Broker {
  std::string name;
  std::string mqtt;                 ///< host:port.
  std::vector<std::string> topics;  ///< Topic filters.
  std::uint8_t qos = 1;             ///< Of the subscriptions: 0 or 1.
  std::string client_id;            ///< Empty: made from the gateway's id and the broker's name.
  std::string user;
  std::string password_file;
  bool tls = true;
  std::string ca;  ///< PEM file that signs the broker's certificate; empty: the system's.
};

/// What is done to frames of the store before they are written.
enum class Compression { kNone, kZstd };

/// [store]
struct Store {
  std::string path = "/var/lib/tidegate";
  std::uint64_t size_bytes = 0;  ///< Of the pool file at most; 0: half of the free disk, at most 32 GB.
  std::uint32_t slot_bytes = 0;  ///< 0: a thousandth of the pool, at least 4 MiB.
  std::uint32_t frame_alignment = 4096;
  std::uint64_t cache_bytes = 8 << 20;
  std::uint64_t dead_letter_bytes = 1 << 20;  ///< Quota of the stream of what upstreams refused for good.
  std::chrono::milliseconds commit_pause{10};
  std::uint64_t commit_bytes = 16 << 10;
  Compression compression = Compression::kNone;
};

/// [control]
struct Control {
  std::string listen = "127.0.0.1:8420";
};

/// [upstream.NAME]
struct Upstream {
  std::string name;
  std::string grpc;   ///< host:port of a collector.
  std::string kafka;  ///< host:port of brokers, separated by commas.
  bool tls = true;
  std::string ca;    ///< PEM file that signs the other side's certificate; empty: the system's.
  std::string cert;  ///< PEM files of the client's certificate and key; empty: none.
  std::string key_file;
  std::string topic;  ///< Template of the Kafka topic.
  std::string key;    ///< Template of the Kafka key; empty: the whole MQTT topic.
  std::string sasl;   ///< SASL mechanism; empty: none.
  std::string user;
  std::string password_file;
};

/// [stream.NAME]
struct Stream {
  std::string name;
  std::vector<std::string> topics;  ///< Topic filters; the first stream that matches, in order of the file, takes it.
  std::vector<std::string> to;      ///< Upstreams, in order.
  std::uint64_t quota_bytes = 0;    ///< 0: an equal share of the store.
  WhenFull when_full = WhenFull::kDropOldest;
  std::chrono::milliseconds max_age{0};  ///< 0: kept until it is delivered.
  std::chrono::milliseconds keep{0};     ///< Delivered messages stay for this long; 0: not.
};

/// What the store has places for beside the gateway's own streams.
inline constexpr std::size_t kMostStreams = 30;

/// Everything that can be configured, with its defaults. [link.NAME] is read, and refused where it asks for what is not
/// there yet.
struct Config {
  Gateway gateway;
  Mqtt mqtt;
  Store store;
  Control control;
  std::vector<Broker> brokers;
  std::vector<Upstream> upstreams;
  std::vector<Stream> streams;
};

/// Where something stands in a file; lines and columns count from 1.
struct Place {
  std::string file;
  std::uint32_t line = 0;
  std::uint32_t column = 0;
};

/// One fault of a configuration: where, and what to do.
struct Fault {
  std::string file;
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  std::string message;
};

}  // namespace tidegate::config
