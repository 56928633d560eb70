#include "gateway/store/age_limit.hpp"

#include <algorithm>

namespace tidegate::store {

namespace {

constexpr std::size_t kReadBytes = 64 << 10;
constexpr std::chrono::microseconds kShortestInterval = std::chrono::seconds(1);
constexpr std::chrono::microseconds kLongestInterval = std::chrono::minutes(1);

}  // namespace

AgeLimit::AgeLimit(Store& store, const Clock& clock, const TimeAnchors& anchors)
    : store_(store), clock_(clock), anchors_(anchors), interval_(kLongestInterval) {
  for (std::uint16_t i = 0; i < store.streams().size(); ++i) {
    const std::chrono::microseconds max_age = store.streams()[i].max_age;
    if (max_age.count() == 0) continue;
    watched_.push_back({{i}, max_age, {}, {}, false});
    interval_ = std::clamp(max_age / 10, kShortestInterval, interval_);
  }
}

void AgeLimit::look() {
  const Monotonic at = clock_.monotonic();
  if (watched_.empty() || at < next_look_) return;
  next_look_ = at + interval_;
  // With the time of now those of earlier boots become known: what was passed over is looked at again.
  const bool again = !time_known_ && wall_time(now()).has_value();
  time_known_ = time_known_ || again;
  for (Watched& watched : watched_) {
    if (again) {
      watched.seen = {};
      watched.young.reset();
    }
    look_at(watched);
  }
}

void AgeLimit::look_at(Watched& watched) {
  if (watched.reading) return;
  const Offset owed = store_.state(watched.stream).owed;
  const bool is_there = watched.young && watched.seen >= owed;
  if (is_there && age(*watched.young, now()) <= watched.max_age) return;
  watched.young.reset();
  watched.seen = std::max(watched.seen, owed);
  read_on(watched, watched.seen);
}

// A disk that does not answer is asked again at the next look.
void AgeLimit::read_on(Watched& watched, Offset from) {
  watched.reading = true;
  store_.read(watched.stream, from, kReadBytes, [this, &watched, from](const Result<RecordBatch>& batch) {
    watched.reading = false;
    if (batch && batch->next > from) take(watched, from, *batch);
  });
}

void AgeLimit::take(Watched& watched, Offset from, const RecordBatch& batch) {
  const Moment now = this->now();
  Offset young_from = from;  // everything before is too old
  watched.seen = batch.next;
  for (const Record& record : batch.records) {
    const Moment received{record.boot, record.message.received};
    const auto known = age(received, now);
    if (!known) continue;
    if (*known <= watched.max_age) {
      watched.seen = record.offset;
      watched.young = received;
      break;
    }
    young_from = record.offset + 1;
  }
  if (young_from > from) store_.drop(watched.stream, young_from);
  if (!watched.young) read_on(watched, watched.seen);
}

std::optional<std::chrono::microseconds> AgeLimit::age(const Moment& then, const Moment& now) const {
  if (then.boot == now.boot && now.boot != BootId{}) return now.at.monotonic - then.at.monotonic;
  const auto wall_then = wall_time(then);
  const auto wall_now = wall_time(now);
  if (!wall_then || !wall_now) return std::nullopt;
  return *wall_now - *wall_then;
}

std::optional<WallTime> AgeLimit::wall_time(const Moment& moment) const {
  if (moment.at.quality == TimeQuality::kSynchronised) return moment.at.wall;
  const TimeAnchor* const anchor = anchors_.of(moment.boot);
  return anchor == nullptr ? std::nullopt : std::optional(anchor->wall_at(moment.at.monotonic));
}

}  // namespace tidegate::store
