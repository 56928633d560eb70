#include "gateway/store/recent.hpp"

#include <algorithm>

namespace tidegate::store {

void Recent::add(StreamIndex stream, Run run) {
  bytes_ += run.records->size();
  runs_[stream.value].push_back(std::move(run));
  ages_.push_back(stream);
  while (bytes_ > limit_bytes_ && !ages_.empty()) {
    std::deque<Run>& oldest = runs_[ages_.front().value];
    bytes_ -= oldest.front().records->size();
    oldest.pop_front();
    ages_.pop_front();
  }
}

std::vector<Recent::Run> Recent::find(StreamIndex stream, Offset from, std::size_t max_bytes) const {
  if (from < forgotten_[stream.value]) return {};
  const std::deque<Run>& runs = runs_[stream.value];
  auto at = std::upper_bound(runs.begin(), runs.end(), from, [](Offset o, const Run& run) { return o < run.first; });
  if (at == runs.begin()) return {};
  --at;
  if (from >= at->first + at->count) return {};
  std::vector<Run> found;
  std::size_t bytes = 0;
  for (Offset next = at->first; at != runs.end() && at->first == next && bytes < max_bytes; ++at) {
    found.push_back(*at);
    bytes += at->records->size();
    next = at->first + at->count;
  }
  return found;
}

}  // namespace tidegate::store
