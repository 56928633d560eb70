#include "gateway/north/kafka/mapping.hpp"

#include <algorithm>
#include <chrono>

#include "gateway/base/kafka_topic.hpp"

namespace tidegate::north {
Result<KafkaMapping> KafkaMapping::make(std::string_view topic, std::string_view key) {
  auto parsed_topic = LevelTemplate::parse(topic);
  if (!parsed_topic) return parsed_topic.error();
  auto parsed_key = LevelTemplate::parse(key);
  if (!parsed_key) return parsed_key.error();
  return KafkaMapping(*std::move(parsed_topic), *std::move(parsed_key));
}

std::string KafkaMapping::topic(std::string_view mqtt_topic) const {
  std::string name = topic_.expand(mqtt_topic, "_");
  std::replace_if(
      name.begin(), name.end(), [](char c) { return !is_kafka_topic_character(c); }, '_');
  if (name.size() > kMaxKafkaTopic) name.resize(kMaxKafkaTopic);
  return is_kafka_topic(name) ? name : "_";
}

std::string KafkaMapping::key(std::string_view mqtt_topic) const {
  std::string key = key_.fits(mqtt_topic) ? key_.expand(mqtt_topic, {}) : std::string();
  return key.empty() ? std::string(mqtt_topic) : key;
}

KafkaHeaders kafka_headers(const std::string& gateway_id, const LaneId& lane, const store::Record& record) {
  const Timestamp& received = record.message.received;
  const auto wall_ms = std::chrono::duration_cast<std::chrono::milliseconds>(received.wall).count();
  const auto monotonic_ms = std::chrono::duration_cast<std::chrono::milliseconds>(received.monotonic).count();
  // Half of the id tells the boots of one gateway apart.
  const std::string boot = to_hex(Bytes(record.boot.bytes).first(record.boot.bytes.size() / 2));
  return {{{"id", gateway_id + "/" + lane.stream + "/" + to_string(lane.incarnation) + "/" +
                      std::to_string(record.offset.value)},
           {"topic", std::string(record.message.topic)},
           {"time", std::to_string(wall_ms) + "/" + std::to_string(static_cast<int>(received.quality))},
           {"boot", boot + "/" + std::to_string(monotonic_ms)}}};
}

}  // namespace tidegate::north
