#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "gateway/base/clock.hpp"
#include "gateway/base/time_anchors.hpp"
#include "gateway/store/store.hpp"

namespace tidegate::store {

/// Drops what streams owe for longer than their max_age. The oldest record that is still young enough is remembered
/// with its time, so that nothing is read until it is too old; what is dropped is read once.
///
/// A record of this boot is as old as the monotonic clock says. The age of one of an earlier boot follows from wall
/// times, if they are right: of the record, because it says so or by an anchor of its boot, and of now. An age that is
/// not known is no reason to drop; but records lie in the order in which they came, so that whatever is before one that
/// is too old is too old as well.
///
/// Reactor only. The arguments must outlive it, and the store be closed before it is destroyed.
class AgeLimit {
 public:
  AgeLimit(Store& store, const Clock& clock, const TimeAnchors& anchors);

  /// Looks at the streams, unless pause() has not passed since the last look. Waits for nothing.
  void look();
  /// Until a look is due again: a tenth of the shortest max_age, at least a second and at most a minute. For ever if no
  /// stream has a max_age.
  [[nodiscard]] std::chrono::microseconds pause() const {
    return watched_.empty() ? std::chrono::microseconds::max() : interval_;
  }

 private:
  /// A moment, as the clocks of its boot told it.
  struct Moment {
    BootId boot;
    Timestamp at;
  };
  struct Watched {
    StreamIndex stream;
    std::chrono::microseconds max_age{};
    Offset seen;                  // everything before was looked at
    std::optional<Moment> young;  // the record at `seen`, if its age is known
    bool reading = false;
  };

  void look_at(Watched& watched);
  void read_on(Watched& watched, Offset from);
  void take(Watched& watched, Offset from, const RecordBatch& batch);
  [[nodiscard]] Moment now() const { return {clock_.boot_id(), clock_.now()}; }
  [[nodiscard]] std::optional<WallTime> wall_time(const Moment& moment) const;
  [[nodiscard]] std::optional<std::chrono::microseconds> age(const Moment& then, const Moment& now) const;

  Store& store_;
  const Clock& clock_;
  const TimeAnchors& anchors_;
  std::vector<Watched> watched_;
  std::chrono::microseconds interval_;
  Monotonic next_look_ = Monotonic::min();
  bool time_known_ = false;
};

}  // namespace tidegate::store
