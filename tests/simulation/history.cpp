#include "tests/simulation/history.hpp"

#include <algorithm>
#include <ostream>

#include "tests/simulation/plan.hpp"

namespace tidegate::simulation {

namespace {

constexpr std::uint64_t kMaxCallsToCut = 30;
constexpr std::uint64_t kMaxCallsToFault = 5;

/// Salts (8 bytes) that tell nothing; real chance for identities (16 bytes).
class ConstantSalts final : public Random {
 public:
  explicit ConstantSalts(Random& identities) : identities_(identities) {}
  void fill(std::span<std::byte> out) override {
    if (out.size() > 8) return identities_.fill(out);
    std::fill(out.begin(), out.end(), std::byte{0x5a});
  }

 private:
  Random& identities_;
};

/// The store's events, for a replay; it counts the one that no power cut may bring about.
class TraceLog final : public EventLog {
 public:
  explicit TraceLog(std::ostream* out) : out_(out) {}
  void write(Severity, std::string_view event, std::initializer_list<Field> fields) override {
    if (event == "store.pool_set_aside") ++pools_set_aside_;
    if (out_ == nullptr) return;
    *out_ << "  event " << event;
    for (const Field& field : fields) *out_ << " " << field.name << "=" << field.value;
    *out_ << "\n";
  }
  [[nodiscard]] std::uint64_t pools_set_aside() const { return pools_set_aside_; }

 private:
  std::ostream* out_;
  std::uint64_t pools_set_aside_ = 0;
};

class History {
 public:
  explicit History(const HistoryOptions& options);
  Outcome run();

 private:
  void act(Act act);
  void commit();
  void move_cursor();
  void commit_cursors();
  void drop_old();
  void read();
  void reopen(bool closed);
  void arm_fault();
  void finish();
  [[nodiscard]] Mutation mutation(const HistoryOptions& options) const;
  [[nodiscard]] std::size_t any_stream() { return random_.index(log_.streams()); }
  [[nodiscard]] std::vector<std::uint64_t> some_records();

  bool committing_cursors_ = false;
  bool committing_drops_ = false;
  SeededRandom random_;
  Plan plan_;
  SimDisk disk_;
  SeededRandom store_random_;
  ConstantSalts constant_salts_;
  std::ostream* trace_;
  TraceLog events_;
  WatchedLog log_;
};

Plan plan_for(const HistoryOptions& options, SeededRandom& random) {
  Plan plan = draw_plan(random);
  SeededRandom choice(~options.seed);  // the acts do not depend on it
  plan.log.compression = choice.once_in(2) ? store::Compression::kZstd : store::Compression::kNone;
  plan.log.format = choice.once_in(4) ? store::kFirstFormat : store::kNewestFormat;
  for (store::StreamOptions& stream : plan.log.streams)
    if (choice.once_in(3)) stream.keep = std::chrono::hours(1);
  if (options.small_frames) plan.log.frame_alignment = 512;
  plan.unrest = options.unrest.value_or(plan.unrest);
  return plan;
}

}  // namespace

Outcome run_history(const HistoryOptions& options) { return History(options).run(); }

namespace {

History::History(const HistoryOptions& options)
    : random_(options.seed),
      plan_(plan_for(options, random_)),
      disk_({.seed = random_.next(),
             .page_bytes = plan_.page_bytes,
             .mutation = mutation(options),
             .repeat_flushes = options.repeat_flushes,
             .trace = options.trace}),
      store_random_(random_.next()),
      constant_salts_(store_random_),
      trace_(options.trace),
      events_(options.trace),
      log_(plan_.log, plan_.max_payload_bytes, disk_,
           options.constant_salts ? static_cast<Random&>(constant_salts_) : store_random_, events_, random_.next(),
           plan_.unrest) {
  if (options.split_commits) log_.split_commits();
  (void)disk_.create_directory("/var");
  (void)disk_.sync_directory("/");
}

Outcome History::run() {
  log_.open();
  std::uint64_t step = 0;
  for (; step < plan_.steps && log_.sound(); ++step) act(plan_.draw_act(random_));
  finish();
  Outcome outcome = log_.outcome();
  outcome.pools_set_aside = events_.pools_set_aside();
  if (outcome.violation) outcome.violation = "step " + std::to_string(step) + ": " + *outcome.violation;
  return outcome;
}

void History::act(Act act) {
  if (trace_ != nullptr) *trace_ << to_string(act) << "\n";
  switch (act) {
    case Act::kCommit: return commit();
    case Act::kMoveCursor: return move_cursor();
    case Act::kCommitCursors: return commit_cursors();
    case Act::kDropOld: return drop_old();
    case Act::kRead: return read();
    case Act::kBeginIncarnation: return log_.begin_incarnation(any_stream());
    case Act::kKill: return reopen(false);
    case Act::kClose: return reopen(true);
    case Act::kCut: return disk_.cut_within(random_.between(1, kMaxCallsToCut));
    case Act::kFault: return arm_fault();
    case Act::kFillDisk: return disk_.set_capacity(disk_.used_bytes() + random_.below(2 * plan_.log.slot_bytes));
    case Act::kFreeDisk: return disk_.set_capacity(UINT64_MAX);
  }
}

void History::commit() {
  if (!log_.waiting()) {
    const std::uint64_t chosen = random_.between(1, (1U << log_.streams()) - 1);
    for (std::size_t stream = 0; stream < log_.streams(); ++stream)
      if ((chosen >> stream & 1) != 0) log_.append(stream, some_records());
  }
  log_.commit();
}

void History::commit_cursors() {
  committing_cursors_ = true;
  log_.commit_cursors();
  committing_cursors_ = false;
}

Mutation History::mutation(const HistoryOptions& options) const {
  const auto left_out_while = [](const bool& committing) {
    return [&committing](const Flush&) { return committing ? std::optional(LeftOut{}) : std::nullopt; };
  };
  if (options.hasty_cursors) return left_out_while(committing_cursors_);
  if (options.hasty_drops) return left_out_while(committing_drops_);
  return options.mutation;
}

void History::move_cursor() {
  const std::size_t stream = any_stream();
  const StreamPromises& promises = log_.promises(stream);
  const auto& upstreams = promises.options().upstreams;
  const std::string& upstream = upstreams[random_.index(upstreams.size())];
  const Offset position = promises.position(upstream);
  log_.move_cursor(stream, upstream, position + random_.below(promises.next() - position + 1));
}

void History::drop_old() {
  const std::size_t stream = any_stream();
  const StreamPromises& promises = log_.promises(stream);
  log_.drop(stream, promises.owed() + random_.below(promises.next() - promises.owed() + 1));
  if (random_.once_in(2)) return;  // it rides in the next commit
  committing_drops_ = true;
  log_.commit_drops();
  committing_drops_ = false;
}

void History::read() {
  const std::size_t stream = any_stream();
  const StreamPromises& promises = log_.promises(stream);
  const Offset from = random_.once_in(2) ? promises.owed() : Offset{random_.below(promises.next().value + 1)};
  log_.read(stream, from, 1 + random_.index(plan_.log.slot_bytes));
}

void History::reopen(bool closed) {
  if (random_.once_in(6)) log_.change_board();
  closed ? log_.close() : log_.open();
}

void History::arm_fault() {
  disk_.forget_faults();  // one or two at a time: what cannot be read twice may count as rotten
  constexpr Call kBusy[] = {Call::kRead, Call::kWrite, Call::kSyncData, Call::kSyncDirectory};
  const bool busy = !random_.once_in(4);  // the others are seldom made, and wait for an open
  const Call call = busy ? kBusy[random_.index(std::size(kBusy))] : static_cast<Call>(random_.below(kCalls));
  const ErrorKind kind = random_.once_in(3) ? ErrorKind::kNoSpace : ErrorKind::kIo;
  const std::uint64_t at = random_.between(1, kMaxCallsToFault);
  disk_.fail_once(call, at, kind);
  if (call != Call::kRead && random_.once_in(4)) disk_.fail_once(call, at, kind);  // and the next one too
}

// Whatever happened before: once the disk is well and everything is delivered, or too old, all goes on.
void History::finish() {
  disk_.forget_faults();
  disk_.cancel_cut();
  disk_.set_capacity(UINT64_MAX);
  log_.expect_success();
  log_.open();
  for (std::size_t stream = 0; stream < log_.streams(); ++stream) {
    const StreamPromises& promises = log_.promises(stream);
    if (random_.once_in(4)) {
      log_.drop(stream, promises.next());
      continue;
    }
    for (const std::string& upstream : promises.options().upstreams)
      log_.move_cursor(stream, upstream, promises.next());
  }
  log_.commit_drops();
  log_.commit_cursors();
  for (std::size_t stream = 0; stream < log_.streams(); ++stream) log_.append(stream, some_records());
  log_.commit();
  disk_.cut_within(1);
  log_.close();
}

std::vector<std::uint64_t> History::some_records() {
  std::vector<std::uint64_t> numbers(1 + random_.index(plan_.max_batch_records));
  for (std::uint64_t& number : numbers) number = random_.next();
  return numbers;
}

}  // namespace

}  // namespace tidegate::simulation
