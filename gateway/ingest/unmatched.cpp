#include "gateway/ingest/unmatched.hpp"

#include <algorithm>

namespace tidegate::ingest {
namespace {

/// At most `most` bytes of a text, without half a character of UTF-8 at the end.
std::string_view cut(std::string_view text, std::size_t most) {
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0) == 0x80) --most;
  return text.substr(0, most);
}

bool is_busier(const Unmatched::Topic& a, const Unmatched::Topic& b) { return a.messages > b.messages; }

}  // namespace

void Unmatched::count(std::string_view topic) {
  if (topic.size() > kLongestName) return count_name(std::string(cut(topic, kLongestName)) + "...");
  count_name(topic);
}

void Unmatched::count_name(std::string_view name) {
  ++messages_;
  if (const auto known = topics_.find(name); known != topics_.end()) {
    ++known->second;
    return;
  }
  if (topics_.size() == kMostTopics) forget_quietest_half();
  topics_.emplace(name, 1);
}

// So that a busy topic is named however late it comes: it stays through the next time, and others make room for it.
// Done once for many new topics, each of which bears a part of the cost.
void Unmatched::forget_quietest_half() {
  std::vector<Topic> all = busiest(kMostTopics);
  for (std::size_t i = kMostTopics / 2; i < all.size(); ++i) {
    others_ += all[i].messages;
    topics_.erase(all[i].name);
  }
}

std::vector<Unmatched::Topic> Unmatched::busiest(std::size_t limit) const {
  std::vector<Topic> all;
  for (const auto& [name, messages] : topics_) all.push_back({name, messages});
  std::stable_sort(all.begin(), all.end(), is_busier);
  all.resize(std::min(limit, all.size()));
  return all;
}

}  // namespace tidegate::ingest
