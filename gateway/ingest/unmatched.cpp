#include "gateway/ingest/unmatched.hpp"

#include <algorithm>

namespace tidegate::ingest {

void Unmatched::count(std::string_view topic) {
  ++messages_;
  if (const auto known = topics_.find(topic); known != topics_.end()) {
    ++known->second;
  } else if (topics_.size() < kMostTopics && topic.size() <= kLongestTopic) {
    topics_.emplace(topic, 1);
  } else {
    ++others_;
  }
}

std::vector<Unmatched::Topic> Unmatched::busiest(std::size_t limit) const {
  std::vector<Topic> all;
  for (const auto& [name, messages] : topics_) all.push_back({name, messages});
  std::stable_sort(all.begin(), all.end(), [](const Topic& a, const Topic& b) { return a.messages > b.messages; });
  all.resize(std::min(limit, all.size()));
  return all;
}

}  // namespace tidegate::ingest
