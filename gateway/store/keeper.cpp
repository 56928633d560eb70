#include "gateway/store/keeper.hpp"

#include <algorithm>

namespace tidegate::store {

namespace {

constexpr int kEndsAKeep = 32;  // what is kept may stay by one part in so many longer
constexpr std::chrono::microseconds kShortestPause = std::chrono::seconds(1);

}  // namespace

Keeper::Keeper(Store& store, const Clock& clock) : store_(store), clock_(clock) {
  for (std::uint16_t i = 0; i < store.streams().size(); ++i)
    if (const auto keep = store.streams()[i].keep; keep.count() > 0) watched_.push_back({{i}, keep, {}});
}

void Keeper::look() {
  const Monotonic now = clock_.monotonic();
  for (Watched& watched : watched_) look_at(watched, now);
}

std::chrono::microseconds Keeper::pause() const {
  std::chrono::microseconds shortest = std::chrono::microseconds::max();
  for (const Watched& watched : watched_)
    shortest = std::min(shortest, std::max(watched.keep / kEndsAKeep, kShortestPause));
  return shortest;
}

void Keeper::look_at(Watched& watched, Monotonic now) {
  std::deque<End>& ends = watched.ends;
  if (!ends.empty() && now - ends.back().at < watched.keep / kEndsAKeep) return;
  ends.push_back({now, store_.state(watched.stream).next});
  for (; now - ends.front().at >= watched.keep; ends.pop_front()) store_.keep(watched.stream, ends.front().next);
}

}  // namespace tidegate::store
