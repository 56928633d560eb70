#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace tidegate {

/// Which names Apache Kafka takes for a topic (org.apache.kafka.common.internals.Topic): 1 to 249 of these characters,
/// but neither "." nor "..", which would be folders of the broker.
inline constexpr std::size_t kMaxKafkaTopic = 249;

constexpr bool is_kafka_topic_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

constexpr bool is_kafka_topic(std::string_view name) {
  return !name.empty() && name.size() <= kMaxKafkaTopic && name != "." && name != ".." &&
         std::all_of(name.begin(), name.end(), is_kafka_topic_character);
}

}  // namespace tidegate
