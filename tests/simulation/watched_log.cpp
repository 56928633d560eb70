#include "tests/simulation/watched_log.hpp"

#include <algorithm>
#include <ostream>
#include <utility>

#include "gateway/store/format.hpp"
#include "tests/simulation/sample.hpp"

namespace tidegate::simulation {

namespace {

constexpr int kMaxTries = 30;
constexpr int kMaxCutTries = 20;
constexpr std::size_t kReadBytes = 64 << 10;

BootId boot_id(std::uint64_t number) {
  BootId boot;
  SeededRandom(number).fill(boot.bytes);
  return boot;
}

}  // namespace

void Outcome::add(const Outcome& other) {
  commits += other.commits;
  cuts += other.cuts;
  cuts_in_open += other.cuts_in_open;
  refusals += other.refusals;
  growing_commits += other.growing_commits;
  evictions += other.evictions;
  drops += other.drops;
  relocated_bytes += other.relocated_bytes;
  most_reads_in_open = std::max(most_reads_in_open, other.most_reads_in_open);
}

std::ostream& operator<<(std::ostream& out, const Outcome& outcome) {
  return out << outcome.commits << " commits (" << outcome.refusals << " without space), " << outcome.cuts
             << " power cuts and kills and " << outcome.cuts_in_open << " more while opening, "
             << outcome.relocated_bytes << " bytes copied forward, " << outcome.evictions << " evicted ranges read, "
             << outcome.drops << " commits dropped what was too old";
}

WatchedLog::WatchedLog(store::LogOptions options, std::size_t max_payload_bytes, SimDisk& disk, Random& store_random,
                       EventLog& events, std::uint64_t seed, Unrest unrest)
    : options_(std::move(options)),
      max_payload_bytes_(max_payload_bytes),
      unrest_(unrest),
      disk_(disk),
      store_random_(store_random),
      events_(events),
      random_(seed),
      hints_(options_.streams.size()) {
  for (const store::StreamOptions& stream : options_.streams) {
    order_.push_back(order_.size());
    streams_.emplace_back(stream, max_payload_bytes);
  }
}

void WatchedLog::open() {
  log_.reset();
  if (metrics_) outcome_.relocated_bytes += metrics_->counter("tidegate_store_relocated_bytes_total", "").value();
  if (std::exchange(board_changes_, false)) ++boards_;
  for (int tries = 0; sound() && !log_; ++tries) {
    if (tries == kMaxTries) return fail("does not open");
    if (!disk_.powered())
      random_.below(100) < unrest_.program_only_percent ? disk_.restart_program() : disk_.restore_power();
    if (excused_ && tries < kMaxCutTries && random_.below(100) < unrest_.cut_opens_percent)
      disk_.cut_within(random_.between(1, unrest_.max_calls_to_cut));
    try_open();
    if (log_) settle();
  }
}

void WatchedLog::try_open() {
  std::vector<store::StreamOptions> streams;
  std::rotate(order_.begin(), order_.begin() + static_cast<std::ptrdiff_t>(random_.below(order_.size())), order_.end());
  for (const std::size_t stream : order_) streams.push_back(streams_[stream].options());
  store::LogOptions options = options_;
  options.streams = std::move(streams);
  options.board_id = "board-" + std::to_string(boards_);
  metrics_ = std::make_unique<Metrics>();
  ++boots_;
  const std::uint64_t reads_before = disk_.counters().reads;
  auto opened = store::Log::open(std::move(options), disk_, store_random_, events_, *metrics_);
  outcome_.most_reads_in_open = std::max(outcome_.most_reads_in_open, disk_.counters().reads - reads_before);
  const bool faulty = std::exchange(faults_seen_, disk_.counters().faults) != disk_.counters().faults;
  if (!disk_.powered()) {
    ++outcome_.cuts_in_open;
  } else if (opened) {
    log_ = std::move(*opened);
    written_at_open_ = disk_.counters().bytes_written;
  } else if (!faulty) {  // a full disk is no reason: what is there can be read
    fail("open: " + opened.error().message);
  }
}

// What an open shows is promised from then on: a reader may have taken it upstream a moment later.
void WatchedLog::settle() {
  appended_.clear();
  std::optional<bool> wholly;
  for (std::size_t stream = 0; stream < streams_.size() && sound(); ++stream)
    if (auto wrong = streams_[stream].settle(log_->state(index_of(stream)), wholly))
      fail("after open, " + streams_[stream].options().name + ": " + *wrong);
  for (std::size_t stream = 0; stream < streams_.size() && sound() && log_; ++stream)
    read_all(stream, random_.once_in(8) ? Offset{} : streams_[stream].owed());
}

void WatchedLog::close() {
  if (!sound()) return;
  const auto closed = log_->close();
  const std::uint64_t boots = boots_;
  (void)accept(closed ? nullptr : &closed.error(), "close");
  if (sound() && boots_ == boots) open();  // whatever close() said, it was the last call
}

void WatchedLog::append(std::size_t stream, const std::vector<std::uint64_t>& numbers) {
  if (!sound()) return;
  store::RecordWriter writer(boot_id(boots_));
  for (const std::uint64_t number : numbers) writer.add(Sample(number, max_payload_bytes_).message());
  appended_bytes_ += writer.size();
  if (streams_[stream].options().when_full == store::WhenFull::kRefuse &&
      !log_->has_room(index_of(stream), writer.size())) {
    if (!excused_) fail("refuses though everything was delivered");
    return;
  }
  for (const std::uint64_t number : numbers) streams_[stream].ask_record(number, boot_id(boots_));
  const std::uint32_t count = writer.count();
  appended_.push_back({{static_cast<std::uint16_t>(stream)}, streams_[stream].next(), count, writer.take()});
}

void WatchedLog::move_cursor(std::size_t stream, const std::string& upstream, Offset position) {
  streams_[stream].ask_position(upstream, position);
}

void WatchedLog::commit() {
  if (!commit_appended()) return;
  for (const store::Section& section : appended_) streams_[section.stream.value].acknowledge_records();
  appended_.clear();
  check_states();
}

bool WatchedLog::commit_appended() {
  if (!split_commits_) return commit_once({appended_, moved_cursors(), asked_drops()});
  return std::all_of(appended_.begin(), appended_.end(), [this](const store::Section& section) {
    return commit_once({{section}, {}});
  });
}

void WatchedLog::commit_cursors() {
  if (!appended_.empty() && !out_of_space_) return;  // what failed goes first
  if (commit_once({{}, moved_cursors(), asked_drops()})) check_states();
}

void WatchedLog::commit_drops() {
  if (!appended_.empty() && !out_of_space_) return;
  if (commit_once({{}, {}, asked_drops()})) check_states();
}

bool WatchedLog::commit_once(const store::CommitBatch& batch) {
  if (!sound() || (batch.sections.empty() && batch.cursors.empty() && batch.drops.empty())) return false;
  for (StreamPromises& stream : streams_) stream.allow_eviction(crowded());
  const std::uint64_t growing = disk_.counters().growing_flushes;
  const auto committed = log_->commit(as_configured(batch));
  ++outcome_.commits;
  // Where growing failed half-way, a later flush stores the size that was left.
  if (!disk_.was_limited() && disk_.counters().faults == 0)
    outcome_.growing_commits += disk_.counters().growing_flushes - growing;
  out_of_space_ = !committed && committed.error().kind == ErrorKind::kNoSpace;
  if (out_of_space_) check_refusal(batch);
  if (!accept(committed ? nullptr : &committed.error(), "commit")) return false;
  if (!batch.drops.empty()) ++outcome_.drops;
  const bool drops_alone = batch.sections.empty() && batch.cursors.empty();
  for (StreamPromises& stream : streams_) drops_alone ? stream.acknowledge_drop() : stream.acknowledge_commit();
  return true;
}

void WatchedLog::check_refusal(const store::CommitBatch& batch) {
  ++outcome_.refusals;
  if (disk_.counters().faults > faults_seen_) return;
  if (batch.sections.empty()) fail("no space for cursors or drops, that would make some");
  if (!crowded()) fail("no space though little was stored");
}

void WatchedLog::begin_incarnation(std::size_t stream) {
  if (!sound()) return;
  const auto begun = log_->begin_incarnation(index_of(stream), streams_[stream].next());
  if (!accept(begun ? nullptr : &begun.error(), "begin_incarnation")) return;
  streams_[stream].acknowledge_incarnation(*begun);
  check_states();
}

void WatchedLog::read(std::size_t stream, Offset from, std::size_t max_bytes) {
  if (!sound()) return;
  if (random_.once_in(10)) hints_[stream] = {static_cast<std::uint32_t>(random_.below(20)), random_.next(), 4096};
  (void)read_once(stream, from, max_bytes);
}

void WatchedLog::read_all(std::size_t stream, Offset from) {
  while (sound() && log_ && from < streams_[stream].next()) {
    const auto next = read_once(stream, from, kReadBytes);
    if (!next) return;
    from = *next;
  }
}

/// Where to read on, or nothing if the read failed.
std::optional<Offset> WatchedLog::read_once(std::size_t stream, Offset from, std::size_t max_bytes) {
  const auto result = log_->read(index_of(stream), from, max_bytes, hints_[stream]);
  const Error no_power{ErrorKind::kIo, "the power went"};  // nobody is there any more to take what was read
  const Error* error = !disk_.powered() ? &no_power : result ? nullptr : &result.error();
  if (!accept(error, "read")) return {};
  if (auto wrong = streams_[stream].check_read(from, *result)) {
    fail("read of " + streams_[stream].options().name + " from " + std::to_string(from.value) + ": " + *wrong);
    return {};
  }
  hints_[stream] = result->hint;
  for (const store::Skip& skip : result->skips) {
    if (skip.reason == store::SkipReason::kEvicted) ++outcome_.evictions;
    if (skip.reason == store::SkipReason::kCorrupt) outcome_.rotten_records += skip.to - skip.from;
  }
  return result->next;
}

void WatchedLog::check_states() {
  for (std::size_t stream = 0; stream < streams_.size() && sound(); ++stream)
    if (auto wrong = streams_[stream].check_state(log_->state(index_of(stream))))
      fail("state of " + streams_[stream].options().name + ": " + *wrong);
  if (disk_.counters().hopeful_flushes > 0) fail("a flush that failed was tried again as if it could succeed");
}

std::vector<store::Cursor> WatchedLog::moved_cursors() const {
  std::vector<store::Cursor> moved;
  for (std::size_t stream = 0; stream < streams_.size(); ++stream)
    for (const auto& [upstream, asked] : streams_[stream].moved_positions())
      moved.push_back({{static_cast<std::uint16_t>(stream)}, upstream, Lane{}, asked});
  return moved;
}

std::vector<store::Drop> WatchedLog::asked_drops() const {
  std::vector<store::Drop> drops;
  for (std::size_t stream = 0; stream < streams_.size(); ++stream)
    if (const auto to = streams_[stream].asked_drop()) drops.push_back({{static_cast<std::uint16_t>(stream)}, *to});
  return drops;
}

/// The batch with the indices under which the log knows the streams now.
store::CommitBatch WatchedLog::as_configured(store::CommitBatch batch) const {
  for (store::Section& section : batch.sections) section.stream = index_of(section.stream.value);
  for (store::Cursor& cursor : batch.cursors) cursor.stream = index_of(cursor.stream.value);
  for (store::Drop& drop : batch.drops) drop.stream = index_of(drop.stream.value);
  return batch;
}

StreamIndex WatchedLog::index_of(std::size_t stream) const {
  const auto found = std::find(order_.begin(), order_.end(), stream);
  return {static_cast<std::uint16_t>(found - order_.begin())};
}

/// Whether it may be that the pool or a quota is full. False only where it surely is not.
bool WatchedLog::crowded() const {
  std::uint64_t least_quota = options_.pool_bytes;
  for (const StreamPromises& stream : streams_) least_quota = std::min(least_quota, stream.options().quota_bytes);
  return boots_ > 1 || disk_.counters().faults > 0 || disk_.was_limited() || appended_bytes_ > least_quota / 2 ||
         disk_.counters().bytes_written - written_at_open_ > options_.pool_bytes / 2;
}

/// True if the call did what it was asked to; else it had a reason to fail, or the history ends here.
bool WatchedLog::accept(const Error* error, const std::string& call) {
  const bool faulty = std::exchange(faults_seen_, disk_.counters().faults) != disk_.counters().faults;
  if (!sound()) return false;
  if (error == nullptr) return true;
  if (!disk_.powered()) {
    ++outcome_.cuts;
    open();
  } else if (!faulty && (error->kind != ErrorKind::kNoSpace || !excused_)) {
    fail(call + " failed without a reason: " + error->message);
  }
  return false;
}

void WatchedLog::fail(const std::string& words) {
  if (sound()) outcome_.violation = words;
}

}  // namespace tidegate::simulation
