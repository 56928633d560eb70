#include "gateway/store/log.hpp"

#include <algorithm>
#include <atomic>
#include <bit>
#include <string>

#include "gateway/store/cleaner.hpp"
#include "gateway/store/drop_counter.hpp"
#include "gateway/store/journal.hpp"
#include "gateway/store/log_reader.hpp"
#include "gateway/store/recovery.hpp"

namespace tidegate::store {

namespace {

constexpr int kTriesToSettle = 3;

}  // namespace

class Log::Impl {
 public:
  Impl(LogOptions options, std::unique_ptr<Quarantine> quarantine, Recovered found, Disk& disk, Random& random,
       EventLog& events, Metrics& metrics)
      : options_(std::move(options)),
        disk_(disk),
        random_(random),
        events_(events),
        quarantine_(std::move(quarantine)),
        last_frame_(std::move(found.last_frame)),
        as_loaded_(std::move(found.as_loaded)),
        refusal_(std::move(found.refusal)),
        journal_(options_, std::move(found.file), std::move(found.catalog), found.areas, random, events, metrics),
        cleaner_(options_, journal_, *quarantine_, disk, events, metrics),
        over_quota_("quota", "the stream is over its quota", events, metrics),
        too_old_("age", "the stream's oldest were older than its max_age", events, metrics) {}

  void start();
  Result<void> settle();
  Result<void> commit(const CommitBatch& batch);
  Result<ReadResult> read(StreamIndex stream, Offset from, std::size_t max_bytes, ReadHint hint) const {
    const LogSource source{journal_.catalog(), journal_.mutex(), journal_.file(), journal_.layout()};
    const RotListener keep = [this](std::uint64_t position, Bytes bytes) { quarantine_->keep(position, bytes); };
    return LogReader(source, keep, stream, max_bytes).run(from, hint);
  }
  StreamState state(StreamIndex stream) const;
  bool has_room(StreamIndex stream, std::uint64_t bytes) const;
  Result<Incarnation> begin_incarnation(StreamIndex stream, Offset from);
  Result<void> close();
  [[nodiscard]] bool is_read_only() const { return refusal_.has_value(); }
  [[nodiscard]] const std::vector<std::string>& notices() const { return notices_; }
  [[nodiscard]] bool configured(StreamIndex stream) const { return journal_.catalog().configured(stream); }

 private:
  struct Dropped {
    DropCounter& counter;
    std::string stream;
    std::uint64_t records;
  };

  [[nodiscard]] Result<void> check(const CommitBatch& batch) const;
  void notice_pools_set_aside();
  void notice_format();
  Result<void> commit_without_frame(const CommitBatch& batch);
  [[nodiscard]] FrameWriter frame_for(const CommitBatch& batch, std::vector<Dropped>& dropped);
  [[nodiscard]] Offset fits_from(const Section& section) const;
  void keep(const std::vector<KeptFrom>& kept);
  static void count(const std::vector<Dropped>& dropped);
  [[nodiscard]] CursorSection cursor_section(const Cursor& cursor) const;

  const LogOptions options_;
  Disk& disk_;
  Random& random_;
  EventLog& events_;
  std::unique_ptr<Quarantine> quarantine_;
  FrameWriter last_frame_;  // what was found and is not sure, and the manifest before it; empty when settled
  Catalog as_loaded_;
  const std::optional<Error> refusal_;  // why nothing can be written to the pool
  Journal journal_;
  Cleaner cleaner_;
  DropCounter over_quota_;
  DropCounter too_old_;
  std::vector<std::string> notices_;
  bool settled_ = false;
  std::atomic<bool> full_ = false;  // the last commit that needed room found none
};

Result<void> Log::Impl::commit(const CommitBatch& batch) {
  if (auto sound = check(batch); !sound) return sound;
  keep(batch.kept);
  std::vector<Dropped> dropped;
  FrameWriter frame = frame_for(batch, dropped);
  if (frame.empty()) return {};
  if (auto settled = settle(); !settled) return settled;
  if (frame.size() > std::min<std::size_t>(kMaxFrameBytes, journal_.layout().slot_bytes))
    return Error{ErrorKind::kTooLarge, "a commit of " + std::to_string(frame.size()) + " bytes"};
  if (!journal_.fits(frame.size())) {
    auto room = cleaner_.make_room(frame.size());
    full_ = !room && room.error().kind == ErrorKind::kNoSpace;
    if (full_ && batch.sections.empty()) return commit_without_frame(batch);
    if (!room) return room;
    frame = frame_for(batch, dropped);  // what was dropped to make room need not be dropped again
    if (frame.empty()) return {};
  }
  if (auto written = journal_.append(frame); !written) return written;
  count(dropped);
  return {};
}

void Log::Impl::keep(const std::vector<KeptFrom>& kept) {
  const std::lock_guard lock(journal_.mutex());
  for (const KeptFrom& one : kept) {
    Offset& from = journal_.catalog().stream(one.stream).kept_from;
    from = std::max(from, one.from);
  }
}

// What the start found becomes sure: the names, the newest frame (as a copy of it), and only then a manifest that rests
// on it. Until this has worked once nothing new is promised; after a failure the next try goes to another slot.
Result<void> Log::Impl::settle() {
  if (settled_) return {};
  if (refusal_) return *refusal_;
  if (auto synced = sync_entries(options_.directory, disk_); !synced) return synced;
  if (!last_frame_.empty()) {
    auto secured = journal_.secure(last_frame_, as_loaded_);
    // Where no slot is free it has to be believed: recover() has read it from the disk, not from the page cache.
    if (!secured && secured.error().kind != ErrorKind::kNoSpace) return secured;
    last_frame_ = FrameWriter();
  }
  if (auto saved = journal_.save(journal_.catalog()); !saved) return saved;
  as_loaded_ = Catalog();
  settled_ = true;
  return {};
}

void Log::Impl::notice_pools_set_aside() {
  const auto names = disk_.list(options_.directory);
  if (!names) return;  // there is no store, on a disk that may only be read
  for (const std::string& name : *names)
    if (auto notice = on_pool_set_aside(name)) notices_.push_back(std::move(*notice));
}

void Log::Impl::notice_format() {
  const std::uint16_t format = journal_.catalog().manifest().format;
  if (options_.compression == Compression::kNone || format >= kCompressingFormat) return;
  notices_.push_back("frames are not compressed: the pool is of format " + std::to_string(format) +
                     ", which an earlier version of Tidegate can read. When you will not go back to one, stop the "
                     "gateway and run tidegate store upgrade");
  events_.warning("store.not_compressed", {{"meaning", notices_.back()}});
}

// Never stops the start: a disk that takes no writes can still be read, and each commit tries to settle again.
void Log::Impl::start() {
  Result<void> settled = settle();
  for (int tries = 1; !settled && tries < kTriesToSettle; ++tries) settled = settle();
  if (!settled) events_.error("store.takes_no_writes", {{"reason", settled.error().message}});
  notice_pools_set_aside();
  notice_format();
}

// What gives room back must become durable when the pool is full, or it would stay full for ever: the manifest can take
// it.
Result<void> Log::Impl::commit_without_frame(const CommitBatch& batch) {
  std::vector<Dropped> dropped;
  (void)frame_for(batch, dropped);
  Catalog next = journal_.catalog();
  for (const Drop& drop : batch.drops) evict(next.stream(drop.stream), drop.to);
  for (const Cursor& cursor : batch.cursors) next.apply(cursor_section(cursor));
  if (auto saved = journal_.save(std::move(next)); !saved) return saved;
  count(dropped);
  return {};
}

Result<void> Log::Impl::check(const CommitBatch& batch) const {
  std::vector<StreamIndex> seen;
  for (const Section& section : batch.sections) {
    if (!configured(section.stream) || section.count == 0 || section.records.empty() ||
        section.first != journal_.catalog().stream(section.stream).next)
      return Error{ErrorKind::kInvalid, "a section does not continue its stream"};
    if (std::find(seen.begin(), seen.end(), section.stream) != seen.end())
      return Error{ErrorKind::kInvalid, "two sections of one stream"};
    seen.push_back(section.stream);
  }
  for (const Cursor& cursor : batch.cursors) {
    if (!configured(cursor.stream)) return Error{ErrorKind::kInvalid, "a cursor of no stream"};
  }
  for (const KeptFrom& kept : batch.kept) {
    if (!configured(kept.stream)) return Error{ErrorKind::kInvalid, "what is kept is of no stream"};
  }
  for (const Drop& drop : batch.drops) {
    if (!configured(drop.stream) || drop.to > journal_.catalog().stream(drop.stream).next)
      return Error{ErrorKind::kInvalid, "what is to be dropped is not there"};
  }
  return {};
}

FrameWriter Log::Impl::frame_for(const CommitBatch& batch, std::vector<Dropped>& dropped) {
  FrameWriter frame;
  dropped.clear();
  const auto drop = [&](const StreamRecord& stream, Offset from, Offset to, DropCounter& counter) {
    if (to <= from) return;
    frame.add(SkipSection{stream.id, SkipReason::kEvicted, from, to});
    dropped.push_back({counter, stream.name, to - from});
  };
  for (const Drop& old : batch.drops) {
    const StreamRecord& stream = journal_.catalog().stream(old.stream);
    drop(stream, owed_from(stream), old.to, too_old_);
  }
  for (const Section& section : batch.sections) {
    const StreamRecord& stream = journal_.catalog().stream(section.stream);
    Offset owed = owed_from(stream);
    for (const Drop& old : batch.drops)
      if (old.stream == section.stream) owed = std::max(owed, old.to);
    drop(stream, owed, fits_from(section), over_quota_);
    frame.add(RecordsSection{.stream = stream.id,
                             .incarnation = incarnation_at(stream, section.first),
                             .first = section.first,
                             .count = section.count,
                             .run = section.records,
                             .relocated = false});
  }
  for (const Cursor& cursor : batch.cursors) frame.add(cursor_section(cursor));
  return frame;
}

// Before this offset the stream may keep nothing, so that the section fits under its quota.
Offset Log::Impl::fits_from(const Section& section) const {
  const StreamOptions& options = options_.streams[section.stream.value];
  const StreamRecord& stream = journal_.catalog().stream(section.stream);
  const std::uint64_t incoming = section.records.size();
  if (options.when_full != WhenFull::kDropOldest || options.quota_bytes == 0) return Offset{};
  if (live_bytes(stream) + incoming <= options.quota_bytes) return Offset{};
  const std::uint64_t kept = options.quota_bytes - std::min(options.quota_bytes, incoming);
  return stream.extents.keep_newest(kept, stream.next);
}

void Log::Impl::count(const std::vector<Dropped>& dropped) {
  for (const Dropped& one : dropped) one.counter.add(one.stream, one.records);
}

CursorSection Log::Impl::cursor_section(const Cursor& cursor) const {
  const StreamRecord& stream = journal_.catalog().stream(cursor.stream);
  return {stream.id,       cursor.upstream, cursor.lane, incarnation_at(stream, cursor.position),
          cursor.position, cursor.end};
}

StreamState Log::Impl::state(StreamIndex index) const {
  const std::lock_guard lock(journal_.mutex());
  const StreamRecord& stream = journal_.catalog().stream(index);
  StreamState state;
  state.first = first_offset(stream);
  state.owed = owed_from(stream);
  state.next = stream.next;
  state.live_bytes = live_bytes(stream);
  state.incarnations = stream.incarnations;
  for (const LaneCursor& lane : stream.cursors)
    state.cursors.push_back({index, lane.upstream, lane.lane, lane.position, lane.end});
  return state;
}

bool Log::Impl::has_room(StreamIndex index, std::uint64_t bytes) const {
  const std::uint64_t quota = options_.streams[index.value].quota_bytes;
  if (quota != 0 && state(index).live_bytes + bytes > quota) return false;
  return !full_ || cleaner_.could_make_room();
}

Result<Incarnation> Log::Impl::begin_incarnation(StreamIndex index, Offset from) {
  if (auto settled = settle(); !settled) return settled.error();
  const Incarnation incarnation = draw_incarnation(random_);
  Catalog next = journal_.catalog();
  StreamRecord& stream = next.stream(index);
  store::begin_incarnation(stream, incarnation, std::min(from, stream.next));
  if (auto saved = journal_.save(std::move(next)); !saved) return saved.error();
  events_.warning("store.incarnation", {{"stream", options_.streams[index.value].name}});
  return incarnation;
}

Result<void> Log::Impl::close() {
  if (refusal_) return {};
  if (auto settled = settle(); !settled) return settled;
  return journal_.save(journal_.catalog(), true);
}

namespace {

Result<void> check_options(const LogOptions& options) {
  const std::uint32_t alignment = options.frame_alignment;
  if (!std::has_single_bit(alignment) || alignment < 512 || alignment > (64 << 10))
    return Error{ErrorKind::kInvalid, "frame_alignment must be a power of two from 512 to 65536"};
  if (options.slot_bytes % alignment != 0 || options.slot_bytes < 8 * alignment || options.slot_bytes > (1U << 30))
    return Error{ErrorKind::kInvalid, "slot_bytes must be a multiple of frame_alignment, from 8 of them to 1 GiB"};
  const std::uint64_t slots = options.pool_bytes / options.slot_bytes;
  if (slots < 4 || slots > kMaxSlots)
    return Error{ErrorKind::kInvalid, "the pool must have from 4 to " + std::to_string(kMaxSlots) + " slots"};
  if (options.board_id.size() > kMaxBoardIdBytes) return Error{ErrorKind::kInvalid, "board_id is too long"};
  return {};
}

}  // namespace

Result<std::unique_ptr<Log>> Log::open(LogOptions options, Disk& disk, Random& random, EventLog& events,
                                       Metrics& metrics) {
  if (auto sound = check_options(options); !sound) return sound.error();
  auto quarantine = std::make_unique<Quarantine>(options.directory, disk, events, metrics);
  auto found = recover(options, disk, random, *quarantine, events);
  if (!found) return found.error();
  auto impl = std::make_unique<Impl>(std::move(options), std::move(quarantine), std::move(*found), disk, random, events,
                                     metrics);
  impl->start();
  return std::unique_ptr<Log>(new Log(std::move(impl)));
}

Log::Log(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Log::~Log() = default;

Result<void> Log::settle() { return impl_->settle(); }

Result<void> Log::commit(const CommitBatch& batch) { return impl_->commit(batch); }

Result<ReadResult> Log::read(StreamIndex stream, Offset from, std::size_t max_bytes, ReadHint hint) const {
  if (!impl_->configured(stream)) return Error{ErrorKind::kNotFound, "no such stream"};
  return impl_->read(stream, from, max_bytes, hint);
}

StreamState Log::state(StreamIndex stream) const { return impl_->state(stream); }

const std::vector<std::string>& Log::notices() const { return impl_->notices(); }

bool Log::has_room(StreamIndex stream, std::uint64_t bytes) const { return impl_->has_room(stream, bytes); }

Result<Incarnation> Log::begin_incarnation(StreamIndex stream, Offset from) {
  return impl_->begin_incarnation(stream, from);
}

bool Log::is_read_only() const { return impl_->is_read_only(); }

Result<void> Log::close() { return impl_->close(); }

}  // namespace tidegate::store
