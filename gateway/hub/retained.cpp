#include "gateway/hub/retained.hpp"

#include "proto/mqtt/topic.hpp"

namespace tidegate::hub {

bool Retained::put(const store::Message& message) {
  erase(message.topic);
  if (message.payload.empty()) return true;  // [MQTT-3.3.1-6], [MQTT-3.3.1-7]
  auto kept = std::make_shared<const KeptMessage>(message);
  if (by_topic_.size() >= limits_.messages || bytes_ + kept->bytes() > limits_.bytes) return false;
  bytes_ += kept->bytes();
  const std::string_view topic = kept->view().topic;
  by_topic_.emplace(topic, std::move(kept));
  return true;
}

void Retained::match(std::string_view filter, std::vector<Kept>& matches) const {
  if (filter.find_first_of("+#") == std::string_view::npos) {
    if (const auto found = by_topic_.find(filter); found != by_topic_.end()) matches.push_back(found->second);
    return;
  }
  for (const auto& [topic, kept] : by_topic_)
    if (mqtt::matches(filter, topic)) matches.push_back(kept);
}

void Retained::erase(std::string_view topic) {
  const auto found = by_topic_.find(topic);
  if (found == by_topic_.end()) return;
  bytes_ -= found->second->bytes();
  by_topic_.erase(found);
}

}  // namespace tidegate::hub
