#include "gateway/ingest/stream_rules.hpp"

#include <algorithm>

#include "proto/mqtt/topic.hpp"

namespace tidegate::ingest {

std::optional<StreamIndex> StreamRules::choose(std::string_view topic) {
  constexpr std::size_t kMostTopics = 16'384;
  constexpr std::size_t kLongestTopic = 256;  // longer ones are looked up each time
  if (const auto known = known_.find(topic); known != known_.end()) return known->second;
  const auto found = search(topic);
  if (topic.size() > kLongestTopic) return found;
  if (known_.size() >= kMostTopics) known_.clear();  // a flood of topics costs time, never memory
  known_.emplace(topic, found);
  return found;
}

std::optional<StreamIndex> StreamRules::search(std::string_view topic) const {
  for (const StreamRule& rule : rules_)
    if (std::any_of(rule.filters.begin(), rule.filters.end(),
                    [&](const std::string& filter) { return mqtt::matches(filter, topic); }))
      return rule.stream;
  return std::nullopt;
}

}  // namespace tidegate::ingest
