#include "gateway/hub/retained.hpp"

#include "proto/mqtt/topic.hpp"

namespace tidegate::hub {

bool Retained::put(const store::Message& message) {
  erase(message.topic);
  if (message.payload.empty()) return true;  // [MQTT-3.3.1-6], [MQTT-3.3.1-7]
  auto kept = std::make_shared<const store::KeptMessage>(message);
  if (by_topic_.size() >= limits_.messages || bytes_ + kept->bytes() > limits_.bytes) return false;
  bytes_ += kept->bytes();
  const std::string_view topic = kept->view().topic;
  by_topic_.emplace(topic, std::move(kept));
  return true;
}

store::Kept Retained::next(std::string_view filter, RetainedCursor& cursor, std::size_t& budget) const {
  if (filter.find_first_of("+#") == std::string_view::npos) {
    --budget;
    const auto found = cursor.last_.empty() ? by_topic_.find(filter) : by_topic_.end();
    return found == by_topic_.end() ? nullptr : found->second;
  }
  auto next = by_topic_.upper_bound(cursor.last_);
  std::string_view passed;
  for (--budget; next != by_topic_.end() && !mqtt::matches(filter, next->first); ++next) {
    passed = next->first;
    if (budget == 0) break;
    --budget;
  }
  if (!passed.empty()) cursor.pass(passed);
  const bool found = next != by_topic_.end() && next->first != passed;
  return found ? next->second : nullptr;
}

void Retained::erase(std::string_view topic) {
  const auto found = by_topic_.find(topic);
  if (found == by_topic_.end()) return;
  bytes_ -= found->second->bytes();
  by_topic_.erase(found);
}

}  // namespace tidegate::hub
