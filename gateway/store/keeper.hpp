#pragma once

#include <chrono>
#include <deque>
#include <vector>

#include "gateway/base/clock.hpp"
#include "gateway/store/store.hpp"

namespace tidegate::store {

/// Tells the store how much of what streams keep beyond delivery (StreamOptions::keep) is old enough to go. It
/// remembers where a stream ended at some moments of this process, on the monotonic clock: what lay before has come
/// earlier. So it reads nothing and no wall clock matters; after a start everything that lies there is kept for as long
/// again.
///
/// Reactor only. The arguments must outlive it.
class Keeper {
 public:
  Keeper(Store& store, const Clock& clock);

  /// Waits for nothing.
  void look();
  /// Until a look is due again: a thirty-second of the shortest keep, at least a second. For ever if nothing is kept.
  [[nodiscard]] std::chrono::microseconds pause() const;

 private:
  struct End {
    Monotonic at{};
    Offset next;  // one past the newest record then
  };
  struct Watched {
    StreamIndex stream;
    std::chrono::microseconds keep{};
    std::deque<End> ends;  // oldest first
  };

  void look_at(Watched& watched, Monotonic now);

  Store& store_;
  const Clock& clock_;
  std::vector<Watched> watched_;
};

}  // namespace tidegate::store
