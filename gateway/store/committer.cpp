#include "gateway/store/committer.hpp"

#include <algorithm>

namespace tidegate::store {

namespace {

constexpr std::chrono::milliseconds kFirstPause{50};
constexpr std::chrono::milliseconds kLongestPause{2000};

std::vector<Offset> stream_ends(const Log& log, std::size_t streams) {
  std::vector<Offset> ends(streams);
  for (std::size_t i = 0; i < streams; ++i) ends[i] = log.state({static_cast<std::uint16_t>(i)}).next;
  return ends;
}

std::string reason_to_take_nothing(Log& log) {
  const auto settled = log.settle();
  return settled ? std::string() : settled.error().message;
}

}  // namespace

Committer::Committer(CommitterOptions options, const std::vector<StreamOptions>& streams, Log& log, const Clock& clock,
                     EventLog& events, std::function<void()> committed)
    : options_(options),
      streams_(streams),
      log_(log),
      clock_(clock),
      events_(events),
      committed_(std::move(committed)),
      queue_(options.boot, stream_ends(log, streams.size())),
      recent_(streams.size(), options.cache_bytes),
      durable_ends_(stream_ends(log, streams.size())),
      trouble_(reason_to_take_nothing(log)),
      thread_([this] { run(); }) {}

Committer::~Committer() {
  if (thread_.joinable()) (void)stop();
}

void Committer::run() {
  if (!settle()) return;
  while (auto work = wait_for_work()) {
    if (!commit_until_durable(*work)) break;
    committed_();
  }
}

// Nobody may append for hours, and a gateway that would take it is not to say that it is not ready.
bool Committer::settle() {
  for (auto pause = kFirstPause;; pause = std::min(pause * 2, kLongestPause)) {
    const auto settled = [this] {
      const std::lock_guard lock(log_mutex_);
      return log_.settle();
    }();
    if (settled) break;
    if (!rest(settled.error(), pause)) return false;
  }
  const std::lock_guard lock(mutex_);
  end_trouble();
  return true;
}

Result<Ticket> Committer::append(std::span<const Entry> group, std::chrono::microseconds within) {
  const std::size_t bound = CommitQueue::encoded_bound(group);
  if (bound > CommitQueue::kPartBytes)
    return Error{ErrorKind::kTooLarge, std::to_string(bound) + " bytes do not fit into a frame"};
  const std::lock_guard lock(mutex_);
  // What nobody waits for is shed first: it may fill half of the room only.
  const bool sheddable = within > std::chrono::microseconds{};
  const std::uint64_t limit = sheddable ? options_.pending_bytes / 2 : options_.pending_bytes;
  if (queue_.waiting_bytes() + bound > limit)
    return Error{ErrorKind::kNoSpace, trouble_.empty() ? "the disk is slower than what arrives" : trouble_};
  if (is_refused(group)) return Error{ErrorKind::kNoSpace, "a stream is at its quota and refuses"};
  return queue_.append(group, clock_.monotonic() + within);
}

bool Committer::is_refused(std::span<const Entry> group) const {
  for (std::size_t i = 0; i < group.size(); ++i) {
    const StreamIndex stream = group[i].stream;
    const auto same_stream = [stream](const Entry& entry) { return entry.stream == stream; };
    if (streams_[stream.value].when_full != WhenFull::kRefuse) continue;
    if (std::any_of(group.begin(), group.begin() + static_cast<std::ptrdiff_t>(i), same_stream)) continue;
    std::size_t bytes = queue_.waiting_bytes(stream);
    for (const Entry& entry : group.subspan(i))
      if (same_stream(entry)) bytes += CommitQueue::encoded_bound(entry.message);
    if (!log_.has_room(stream, bytes)) return true;
  }
  return false;
}

bool Committer::has_room(StreamIndex stream, std::uint64_t bytes) const {
  const std::lock_guard lock(mutex_);
  return log_.has_room(stream, queue_.waiting_bytes(stream) + bytes);
}

std::uint64_t Committer::pending_room() const {
  const std::lock_guard lock(mutex_);
  return options_.pending_bytes - std::min<std::uint64_t>(options_.pending_bytes, queue_.waiting_bytes());
}

void Committer::submit() {
  const std::lock_guard lock(mutex_);
  const auto due = next_due();
  if (due && *due < sleeping_until_) wake_.notify_one();
}

Offset Committer::durable_end(StreamIndex stream) const {
  const std::lock_guard lock(mutex_);
  return durable_ends_[stream.value];
}

std::vector<Recent::Run> Committer::recent(StreamIndex stream, Offset from, std::size_t max_bytes) const {
  const std::lock_guard lock(mutex_);
  return recent_.find(stream, from, max_bytes);
}

void Committer::advance(const Cursor& cursor) {
  const std::lock_guard lock(mutex_);
  const auto moved =
      moved_cursors_.try_emplace({cursor.stream, cursor.upstream, cursor.lane}, MovedCursor{cursor, cursor.position});
  MovedCursor& one = moved.first->second;
  one.cursor = cursor;
  const bool is_far = cursor.position > one.first && cursor.position - one.first >= options_.cursor_records;
  save_within(is_far ? std::chrono::milliseconds{} : options_.cursor_delay);
}

void Committer::drop(const Drop& drop) {
  const std::lock_guard lock(mutex_);
  Offset& to = drops_[drop.stream];
  to = std::max(to, drop.to);
  recent_.forget(drop.stream, drop.to);
  save_within(options_.cursor_delay);
}

// Told with the next commit: until then no room is wanted.
void Committer::keep(const KeptFrom& kept) {
  const std::lock_guard lock(mutex_);
  kept_[kept.stream] = kept.from;
}

void Committer::save_within(std::chrono::milliseconds delay) {
  const Monotonic due = clock_.monotonic() + delay;
  cursors_due_ = std::min(due, cursors_due_.value_or(due));
  if (*cursors_due_ < sleeping_until_) wake_.notify_one();
}

Result<Incarnation> Committer::begin_incarnation(StreamIndex stream, Offset from) {
  const std::lock_guard lock(log_mutex_);
  return log_.begin_incarnation(stream, from);
}

std::string Committer::trouble() const {
  const std::lock_guard lock(mutex_);
  return trouble_;
}

std::chrono::microseconds Committer::in_disk() const {
  const std::chrono::microseconds since(in_disk_since_us_.load(std::memory_order_relaxed));
  return since.count() < 0 ? std::chrono::microseconds{} : clock_.monotonic() - since;
}

Result<void> Committer::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    wake_.notify_one();
  }
  thread_.join();
  return outcome_;
}

std::optional<Committer::Work> Committer::wait_for_work() {
  std::unique_lock lock(mutex_);
  while (true) {
    const auto due = next_due();
    if (stopping_) return due ? std::optional(take_work()) : std::nullopt;
    const Monotonic now = clock_.monotonic();
    if (due && *due <= now) return take_work();
    sleeping_until_ = due.value_or(Monotonic::max());
    if (due) {
      wake_.wait_for(lock, *due - now);
    } else {
      wake_.wait(lock);
    }
    sleeping_until_ = {};
  }
}

std::optional<Monotonic> Committer::next_due() const {
  auto queue_due = queue_.due();
  if (queue_due && queue_.waiting_bytes() < options_.commit_bytes)
    queue_due = std::max(*queue_due, commit_began_ + options_.commit_pause);
  if (!queue_due || !cursors_due_) return queue_due ? queue_due : cursors_due_;
  return std::min(*queue_due, *cursors_due_);
}

Committer::Work Committer::take_work() {
  commit_began_ = clock_.monotonic();
  Work work{queue_.take(), {}};
  if (work.part) {
    for (std::size_t i = 0; i < work.part->runs.size(); ++i) {
      RecordWriter& run = work.part->runs[i];
      if (run.count() == 0) continue;
      const std::uint32_t count = run.count();
      work.batch.sections.push_back({{static_cast<std::uint16_t>(i)}, work.part->firsts[i], count, run.take()});
    }
  }
  absorb_cursors(work.batch);
  return work;
}

// Cursors and drops only move forward. The log takes the last of several cursors of a kind: appending is enough.
void Committer::absorb_cursors(CommitBatch& batch) {
  for (auto& [key, moved] : moved_cursors_) batch.cursors.push_back(std::move(moved.cursor));
  for (const auto& one : drops_) {
    std::erase_if(batch.drops, [&one](const Drop& earlier) { return earlier.stream == one.first; });
    batch.drops.push_back({one.first, one.second});
  }
  for (const auto& [stream, from] : kept_) batch.kept.push_back({stream, from});
  moved_cursors_.clear();
  drops_.clear();
  kept_.clear();
  cursors_due_.reset();
}

bool Committer::commit_until_durable(Work& work) {
  for (auto pause = kFirstPause;; pause = std::min(pause * 2, kLongestPause)) {
    in_disk_since_us_.store(clock_.monotonic().count(), std::memory_order_relaxed);
    const auto written = write(work.batch);
    in_disk_since_us_.store(-1, std::memory_order_relaxed);
    if (written) break;
    if (!rest(written.error(), pause)) return false;
    const std::lock_guard lock(mutex_);
    absorb_cursors(work.batch);  // what was confirmed meanwhile may make room
  }
  remember(work);
  return true;
}

Result<void> Committer::write(CommitBatch& batch) {
  const std::lock_guard lock(log_mutex_);
  auto written = log_.commit(batch);
  if (written || written.error().kind != ErrorKind::kNoSpace || batch.sections.empty()) return written;
  // The records find no room. Cursors and drops alone may, and what they give up is the room for the records.
  if (auto given_up = log_.commit({{}, batch.cursors, batch.drops}); !given_up) return given_up;
  batch.cursors.clear();
  batch.drops.clear();
  return log_.commit(batch);
}

// False if the thread shall end: the disk still takes nothing, and the store is being closed.
bool Committer::rest(const Error& error, std::chrono::milliseconds pause) {
  std::unique_lock lock(mutex_);
  if (trouble_ != error.message) events_.error("store.commit_failed", {{"reason", error.message}});
  trouble_ = error.message;
  if (stopping_) {
    outcome_ = error;
    return false;
  }
  wake_.wait_for(lock, pause, [this] { return stopping_; });
  return true;
}

void Committer::remember(Work& work) {
  const std::lock_guard lock(mutex_);
  for (Section& section : work.batch.sections) {
    durable_ends_[section.stream.value] = section.first + section.count;
    recent_.add(section.stream,
                {section.first, section.count, std::make_shared<const Buffer>(std::move(section.records))});
  }
  if (work.part) {
    queue_.done(*work.part);
    durable_.store(work.part->last.value, std::memory_order_release);
  }
  end_trouble();
}

void Committer::end_trouble() {
  if (!trouble_.empty()) events_.info("store.recovered");
  trouble_.clear();
}

}  // namespace tidegate::store
