#pragma once

#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "gateway/base/level_template.hpp"
#include "gateway/north/upstream.hpp"

namespace tidegate::north {

/// What becomes of a record in Kafka; README.md beside this file is the promise to those who read it there.
class KafkaMapping {
 public:
  /// `key` empty: the whole MQTT topic. kInvalid: a template that does not parse.
  static Result<KafkaMapping> make(std::string_view topic, std::string_view key);

  /// A level that is not there becomes '_', as does each character that Kafka does not allow in a topic's name;
  /// what is no name even so ("." and "..") is "_".
  [[nodiscard]] std::string topic(std::string_view mqtt_topic) const;
  /// The MQTT topic itself where a level is not there.
  [[nodiscard]] std::string key(std::string_view mqtt_topic) const;

 private:
  KafkaMapping(LevelTemplate topic, LevelTemplate key) : topic_(std::move(topic)), key_(std::move(key)) {}

  LevelTemplate topic_;
  LevelTemplate key_;
};

/// Name and value of each header: id, topic, time, boot.
using KafkaHeaders = std::array<std::pair<std::string_view, std::string>, 4>;
[[nodiscard]] KafkaHeaders kafka_headers(const std::string& gateway_id, const LaneId& lane,
                                         const store::Record& record);

}  // namespace tidegate::north
