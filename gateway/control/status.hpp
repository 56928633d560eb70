#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace tidegate::control {

/// The MQTT listener, since the start.
struct MqttStatus {
  std::string listen;  ///< The address in use, with the port that was taken; empty: no listener.
  std::uint64_t connections = 0;
  std::uint64_t received = 0;      ///< Messages.
  std::uint64_t acknowledged = 0;  ///< PUBACKs sent.
  std::uint64_t shed = 0;          ///< QoS 0 messages that were dropped because the store had no room for them.
};

/// A broker that the gateway is a client of, since the start.
struct BrokerStatus {
  std::string name;
  std::string state;               ///< "connected", or why not, in words.
  std::uint64_t received = 0;      ///< Messages.
  std::uint64_t acknowledged = 0;  ///< PUBACKs sent to it.
  std::uint64_t too_large = 0;     ///< Messages that are lost because they were larger than mqtt.max_message.
};

struct TopicCount {
  std::string topic;
  std::uint64_t count = 0;
};

/// Messages that no stream matches: they stay local and are counted.
struct UnmatchedStatus {
  std::uint64_t messages = 0;
  std::uint64_t topic_count = 0;     ///< How many different topics there were, up to a bound; then more than that.
  std::uint64_t other_messages = 0;  ///< On topics that are not counted by name; not zero if there are more.
  std::vector<TopicCount> topics;    ///< The ten with the most messages, most first.
};

struct StreamStatus {
  std::string name;
  std::uint64_t first = 0;            ///< Oldest offset held.
  std::uint64_t next = 0;             ///< One past the newest durable offset.
  std::uint64_t backlog_records = 0;  ///< Held and still owed to the slowest of its upstreams.
  std::uint64_t live_bytes = 0;
  std::uint64_t quota_bytes = 0;
  std::map<std::string, std::uint64_t> dropped;  ///< Records, by reason.
};

/// What upstreams refused for good.
struct DeadLetterStatus {
  std::uint64_t parked = 0;      ///< Messages since the store was made; the oldest may be dropped by now.
  std::uint64_t live_bytes = 0;  ///< Of those that are still there.
  std::uint64_t quota_bytes = 0;
};

struct StreamPosition {
  std::string stream;
  std::uint64_t position = 0;  ///< The first offset that the upstream has not confirmed.
};

struct UpstreamStatus {
  std::string name;
  std::string state;  ///< "connected", or why not.
  std::vector<StreamPosition> streams;
  std::uint64_t bytes = 0;  ///< Sent since the start, as the upstream counts them.
};

struct StoreStatus {
  std::string trouble;             ///< Why the disk takes no writes now; empty: it does.
  std::uint64_t device_bytes = 0;  ///< Written since the start.
  std::uint64_t payload_bytes = 0;
  std::uint64_t flushes = 0;
  std::vector<std::string> notices;  ///< What the start found and the owner should do something about.
};

/// From receipt of a PUBLISH to its PUBACK.
struct LatencyStatus {
  std::uint64_t p50_us = 0;
  std::uint64_t p99_us = 0;
};

/// What a gateway tells of itself: GET /status, `tidegate status`. A copy, no references.
struct Status {
  std::string version;
  std::string gateway_id;
  std::uint64_t uptime_s = 0;
  bool ready = false;
  std::vector<std::string> not_ready_reasons;  ///< Why not, in words; empty when ready.
  bool parked = false;                         ///< Nothing is carried upstream: crashed again and again.
  MqttStatus mqtt;
  std::vector<BrokerStatus> brokers;
  UnmatchedStatus unmatched;
  std::vector<StreamStatus> streams;
  DeadLetterStatus dead_letter;
  std::vector<UpstreamStatus> upstreams;
  StoreStatus store;
  LatencyStatus ack_latency;
};

/// Asked on the reactor at each request; must not block.
using StatusSource = std::function<Status()>;

/// Starts what is parked; says in words what it did. On the reactor; must not block.
using Resume = std::function<std::string()>;

}  // namespace tidegate::control
