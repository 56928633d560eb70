// Where messages and sessions are kept: the directory, the store with its streams, the sessions.
#include <algorithm>
#include <filesystem>

#include "gateway/base/text_file.hpp"
#include "gateway/config/store_room.hpp"
#include "gateway/config/units.hpp"
#include "gateway/programs/tidegated/gateway.hpp"
#include "gateway/store/manifest.hpp"

namespace tidegate::tidegated {

static_assert(config::kMostStreams + 2 <= store::kMaxStreams, "the gateway's own streams need a place each");

Result<void> Gateway::open_directory() {
  if (auto made = make_store_directory(); !made) return made;
  auto lock = DirectoryLock::take(config_.store.path);
  if (!lock && lock.error().kind != ErrorKind::kUnavailable) return lock.error();
  if (!lock)
    return Error{lock.error().kind, lock.error().message + ": stop it, or set store.path to a directory of its own"};
  lock_.emplace(std::move(*lock));
  if (!lock_->held())
    events_.warning("store.no_lock", {{"directory", config_.store.path},
                                      {"why",
                                       "its lock cannot be opened, so that nothing is written: the directory and what "
                                       "is in it must belong to the user who runs this, and the packaged service needs "
                                       "it in ReadWritePaths= unless it is /var/lib/tidegate"}});
  crash_loop_.emplace(config_.store.path + "/running", config_.gateway.crash_loop, disk_, clock_);
  if (auto begun = crash_loop_->begin(); !begun)
    events_.warning("gateway.crashes_not_counted", {{"reason", begun.error().message}});
  return {};
}

Result<void> Gateway::open_store() {
  auto options = store_options();
  if (!options) return options.error();
  auto store = store::Store::open(std::move(*options), store_disk(), clock_, random_, events_, metrics_, executor_);
  if (!store) return store.error();
  store_ = std::move(*store);
  store_->on_durable([this](store::Ticket) {
    ingest_->on_durable();
    for (Line& line : lines_) line.route->on_durable();
  });
  store_->on_room([this] { ingest_->on_room(); });
  return {};
}

// Without the lock another gateway may be the owner.
Disk& Gateway::store_disk() {
  if (lock_->held()) return disk_;
  return read_only_disk_;
}

void Gateway::watch_ages() {
  age_limit_->look();
  keeper_->look();
  const std::chrono::microseconds pause = std::min(age_limit_->pause(), keeper_->pause());
  if (pause == std::chrono::microseconds::max()) return;
  age_watch_.expires_after(pause);
  age_watch_.async_wait([this](const boost::system::error_code& error) {
    if (!error) watch_ages();
  });
}

// The pool was opened for reading alone. A card that was remounted, or rights that were set right, want a new start: it
// makes sure of what is there before anything new rests on it.
void Gateway::watch_disk() {
  constexpr std::chrono::seconds kInterval{5};
  disk_watch_.expires_after(kInterval);
  disk_watch_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    if (!try_to_write()) return watch_disk();
    events_.info("store.can_be_written_again", {{"why", "the gateway starts anew"}});
    ending_ = Ending::kStartAgain;
    reactor_.stop();
  });
}

Result<void> Gateway::try_to_write() {
  const std::string& path = config_.store.path;
  for (const std::string& directory : {path, path + "/store"}) {
    const std::string probe = directory + "/probe";
    if (!disk_.list(directory)) continue;
    const auto file = disk_.open(probe, OpenMode::kCreate);
    if (!file) return file.error();
    if (auto synced = (*file)->sync_data(); !synced) return synced;
    if (auto removed = disk_.remove(probe); !removed) return removed;
  }
  for (const std::string& name : {path + "/lock", path + "/store/pool"}) {
    const auto file = disk_.open(name, OpenMode::kReadWrite);
    if (!file && file.error().kind == ErrorKind::kReadOnly) return file.error();
  }
  return {};
}

// With its entry in the directory above, without which all that is durable in it could not be found.
Result<void> Gateway::make_store_directory() {
  const std::string& path = config_.store.path;
  if (disk_.list(path)) return {};
  if (auto made = disk_.create_directory(path); !made) {
    if (made.error().kind != ErrorKind::kReadOnly) return made;
    return Error{ErrorKind::kReadOnly,
                 made.error().message +
                     ": make it, and give it to the user who runs this; the packaged service also "
                     "needs ReadWritePaths=" +
                     path + " under [Service] of `systemctl edit tidegated`"};
  }
  const std::string parent = std::filesystem::absolute(path).lexically_normal().parent_path();
  return disk_.sync_directory(parent);
}

// Decided once, when the store is created, and kept beside it: a share of whatever is free today would shrink as others
// fill the disk, and with it the quotas of a backlog that is already there.
Result<std::uint64_t> Gateway::default_pool_bytes() {
  constexpr std::uint64_t kMostByDefault = 32'000'000'000;
  const std::string path = config_.store.path + "/size";
  if (const auto kept = read_text_file(disk_, path); kept)
    if (const std::uint64_t bytes = std::strtoull(kept->c_str(), nullptr, 10); bytes > 0) return bytes;
  const auto free = disk_.free_bytes(config_.store.path);
  if (!free) return free.error();
  const std::uint64_t bytes = std::min(kMostByDefault, *free / 2);
  const auto file = disk_.open(path, OpenMode::kCreate);
  if (!file && file.error().kind == ErrorKind::kReadOnly) return bytes;  // nor will there be a store
  if (!file && file.error().kind == ErrorKind::kInvalid) {
    events_.warning("store.size_not_kept", {{"reason", file.error().message}, {"meaning", "set store.size"}});
    return bytes;
  }
  if (!file) return file.error();
  if (auto written = (*file)->write_at(0, as_bytes(std::to_string(bytes))); !written) return written.error();
  if (auto synced = (*file)->sync_data(); !synced) return synced.error();
  if (auto synced = disk_.sync_directory(config_.store.path); !synced) return synced.error();
  return bytes;
}

// With store.size set this is a fault of the configuration; here the size was chosen by the free disk.
Result<void> Gateway::quotas_fit(std::uint64_t pool_bytes) const {
  constexpr std::uint64_t kMegabyte = 1'000'000;
  const auto rounded = [](std::uint64_t bytes) { return config::format_size(bytes / kMegabyte * kMegabyte); };
  std::uint64_t sum = 0;
  for (const config::Stream& stream : config_.streams) sum += stream.quota_bytes;
  const std::uint64_t room = config::quota_room(config_.store, pool_bytes);
  if (sum <= room) return {};
  return Error{ErrorKind::kNoSpace, "the streams' quotas are " + config::format_size(sum) +
                                        " together, but the store, which was given " + rounded(pool_bytes) +
                                        " when it was made, leaves " + rounded(room) +
                                        " for messages: lower them, or set store.size"};
}

Result<store::StoreOptions> Gateway::store_options() {
  constexpr std::uint64_t kFewestSlots = 8;
  const config::Store& wanted = config_.store;
  store::StoreOptions options;
  options.log.directory = wanted.path + "/store";
  options.log.board_id = board_id_;
  options.log.pool_bytes = wanted.size_bytes;
  if (options.log.pool_bytes == 0) {
    const auto bytes = default_pool_bytes();
    if (!bytes) return bytes.error();
    options.log.pool_bytes = *bytes;
  }
  if (auto fit = quotas_fit(options.log.pool_bytes); !fit) return fit.error();
  options.log.slot_bytes = static_cast<std::uint32_t>(config::slot_bytes(wanted, options.log.pool_bytes));
  options.log.frame_alignment = wanted.frame_alignment;
  options.log.compression =
      wanted.compression == config::Compression::kZstd ? store::Compression::kZstd : store::Compression::kNone;
  if (options.log.pool_bytes < kFewestSlots * options.log.slot_bytes)
    return Error{ErrorKind::kNoSpace, "the store needs at least " +
                                          std::to_string(kFewestSlots * options.log.slot_bytes) + " bytes under " +
                                          wanted.path + ": free some, or set store.size and store.slot"};
  add_streams(options.log);
  options.cache_bytes = wanted.cache_bytes;
  options.commit_pause = wanted.commit_pause;
  options.commit_bytes = wanted.commit_bytes;
  return options;
}

void Gateway::add_streams(store::LogOptions& log) const {
  // A quarter stays free, so that making room seldom has to copy what a slow stream still owes.
  const std::uint64_t room = log.pool_bytes * 3 / 4;
  const std::uint64_t dead_letter = config_.store.dead_letter_bytes;
  const std::uint64_t state = config::state_bytes(log.pool_bytes);
  const std::uint64_t share =
      (room - std::min(room / 4, dead_letter) - state) / std::max<std::size_t>(1, config_.streams.size());
  for (const config::Stream& stream : config_.streams)
    log.streams.push_back(
        {stream.name, stream.quota_bytes != 0 ? stream.quota_bytes : share,
         stream.when_full == config::WhenFull::kRefuse ? store::WhenFull::kRefuse : store::WhenFull::kDropOldest,
         stream.to, stream.max_age, stream.keep});
  // Behind those of the configuration, so that their places are the same.
  log.streams.push_back(
      {std::string(sessions::kStateStream), state, store::WhenFull::kRefuse, {std::string(sessions::kStateReader)}});
  if (!config_.upstreams.empty())
    log.streams.push_back({std::string(north::kDeadLetterStream), dead_letter, store::WhenFull::kDropOldest, {}});
}

// The state stream holds a snapshot, what was appended since, and the next snapshot while it is being written.
sessions::SessionLimits Gateway::session_limits() const {
  // 64 MiB at most: config::state_bytes().
  const auto quota = static_cast<std::size_t>(store_->streams()[config_.streams.size()].quota_bytes);
  sessions::SessionLimits limits;
  limits.sessions = config_.mqtt.max_sessions;
  limits.expiry = config_.mqtt.session_expiry;
  limits.outbound.messages = config_.mqtt.max_queued;
  limits.bytes = quota / 4;
  limits.snapshot.tail_bytes = std::min(limits.snapshot.tail_bytes, quota / 8);
  limits.outbound.at_a_time = mqtt::ServerLimits{}.send_maximum;
  return limits;
}

Result<void> Gateway::open_sessions() {
  const StreamIndex state{static_cast<std::uint16_t>(config_.streams.size())};
  sessions_ =
      std::make_unique<sessions::Sessions>(session_limits(), *store_, state, clock_, anchors_, events_, metrics_);
  if (auto loaded = sessions_->load(); !loaded) return loaded;
  age_limit_.emplace(*store_, clock_, anchors_);
  keeper_.emplace(*store_, clock_);
  return {};
}

}  // namespace tidegate::tidegated
