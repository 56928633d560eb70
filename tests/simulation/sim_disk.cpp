#include "tests/simulation/sim_disk.hpp"

#include <algorithm>
#include <ostream>

namespace tidegate::simulation {

namespace {

constexpr std::uint64_t kMaxDestroyedPages = 3;
constexpr std::uint64_t kWholeWrites = 10;  // to a short one

Error no_power(const std::string& path) { return {ErrorKind::kIo, path + ": the power is off"}; }
Error not_found(const std::string& path) { return {ErrorKind::kNotFound, path + ": not there"}; }

}  // namespace

class SimDisk::OpenFile final : public File {
 public:
  OpenFile(SimDisk& disk, std::shared_ptr<Node> node, std::string path)
      : disk_(disk), node_(std::move(node)), path_(std::move(path)), power_up_(disk.power_ups_) {}

  Result<std::size_t> read_at(std::uint64_t position, std::span<std::byte> out) override {
    if (auto entered = enter(Call::kRead, "read " + range(position, out.size())); !entered) return entered.error();
    ++disk_.counters_.reads;
    if (disk_.cutting_) return disk_.cut_here(path_).error();
    node_->content.evict_some(disk_.random_);
    const Buffer& seen = node_->content.seen();
    if (position >= seen.size()) return std::size_t{0};
    const Bytes there = Bytes(seen).subspan(static_cast<std::size_t>(position));
    const std::size_t got = std::min(out.size(), there.size());
    std::copy_n(there.begin(), got, out.begin());
    return got;
  }

  Result<void> write_at(std::uint64_t position, Bytes bytes) override {
    do {
      const Bytes part = bytes.first(disk_.length_of_next_write(bytes.size()));
      if (auto written = write_part(position, part); !written) return written;
      position += part.size();
      bytes = bytes.subspan(part.size());
    } while (!bytes.empty());
    return {};
  }

  Result<void> sync_data() override {
    auto synced = sync_once();
    if (synced || !disk_.options_.repeat_flushes) return synced;
    flush_failed_ = false;  // the promises shall notice it, not the counter
    return sync_once();
  }

  Result<std::uint64_t> size() override {
    if (auto entered = enter(Call::kSize, "size"); !entered) return entered.error();
    if (disk_.cutting_) return disk_.cut_here(path_).error();
    return static_cast<std::uint64_t>(node_->content.seen().size());
  }

  void drop_cache() override {
    if (disk_.powered_ && alive()) node_->content.evict_all();
  }

 private:
  Result<void> write_part(std::uint64_t position, Bytes bytes) {
    auto entered = enter(Call::kWrite, "write " + range(position, bytes.size()));
    if (!entered && disk_.powered_ && alive() && !disk_.read_only_) {  // a call that fails may have written some of it
      const std::size_t some = disk_.random_.index(bytes.size() + 1) / kSectorBytes * kSectorBytes;
      (void)disk_.write(*node_, path_, position, bytes.first(some));
    }
    if (!entered) return entered;
    flush_failed_ = false;
    written_ = true;
    auto written = disk_.write(*node_, path_, position, bytes);
    return disk_.cutting_ ? disk_.cut_here(path_) : written;
  }

  Result<void> sync_once() {
    auto entered = enter(Call::kSyncData, "sync");
    if (!entered && disk_.powered_ && alive() && !disk_.read_only_) {
      node_->content.fail_sync(disk_.random_);
      flush_failed_ = true;
    }
    if (!entered) return entered;
    if (flush_failed_) ++disk_.counters_.hopeful_flushes;
    if (disk_.cutting_) return disk_.cut_here(path_);
    return disk_.sync_data(*node_, path_, !written_);
  }

  [[nodiscard]] bool alive() const { return power_up_ == disk_.power_ups_; }
  Result<void> enter(Call call, const std::string& words) {
    if (!alive()) return no_power(path_);
    return disk_.enter(call, path_, words);
  }
  static std::string range(std::uint64_t position, std::size_t size) {
    return "[" + std::to_string(position) + ", " + std::to_string(position + size) + ")";
  }

  SimDisk& disk_;
  std::shared_ptr<Node> node_;
  std::string path_;
  std::uint64_t power_up_;  // which one this file was opened in
  bool written_ = false;
  bool flush_failed_ = false;  // and nothing was written since
};

SimDisk::SimDisk(SimDiskOptions options) : options_(std::move(options)), random_(options_.seed) {}
SimDisk::~SimDisk() = default;

Result<std::unique_ptr<File>> SimDisk::open(const std::string& path, OpenMode mode) {
  const Call call = mode == OpenMode::kCreate      ? Call::kCreate
                    : mode == OpenMode::kReadWrite ? Call::kOpenToWrite
                                                   : Call::kOpen;
  if (auto entered = enter(call, path, "open"); !entered) return entered.error();

  std::shared_ptr<Node> node = entries_.find(path);
  if (!node && mode != OpenMode::kCreate) return not_found(path);
  if (node && node->is_directory) return Error{ErrorKind::kInvalid, path + ": is a directory"};
  if (!node) {
    node = std::make_shared<Node>();
    entries_.add(path, node);
  } else if (mode == OpenMode::kCreate) {
    node->content.truncate();
  }
  if (cutting_) return cut_here(path).error();
  return std::unique_ptr<File>(std::make_unique<OpenFile>(*this, std::move(node), path));
}

Result<void> SimDisk::rename(const std::string& from, const std::string& to) {
  if (auto entered = enter(Call::kRename, from, "rename"); !entered) return entered;
  if (!entries_.find(from)) return not_found(from);
  entries_.rename(from, to);
  return cutting_ ? cut_here(from) : Result<void>{};
}

Result<void> SimDisk::remove(const std::string& path) {
  if (auto entered = enter(Call::kRemove, path, "remove"); !entered) return entered;
  if (!entries_.find(path)) return not_found(path);
  entries_.remove(path);
  return cutting_ ? cut_here(path) : Result<void>{};
}

Result<void> SimDisk::create_directory(const std::string& path) {
  if (auto entered = enter(Call::kCreateDirectory, path, "create directory"); !entered) return entered;
  if (!entries_.has_directory(path)) {
    auto node = std::make_shared<Node>();
    node->is_directory = true;
    entries_.add(path, std::move(node));
  }
  return cutting_ ? cut_here(path) : Result<void>{};
}

Result<std::vector<std::string>> SimDisk::list(const std::string& path) {
  if (auto entered = enter(Call::kList, path, "list"); !entered) return entered.error();
  if (cutting_) return cut_here(path).error();
  if (!entries_.has_directory(path)) return not_found(path);
  return entries_.names_in(path);
}

Result<void> SimDisk::sync_directory(const std::string& path) {
  if (auto entered = enter(Call::kSyncDirectory, path, "sync directory"); !entered) return entered;
  if (cutting_) return cut_here(path);
  if (!entries_.has_directory(path)) return not_found(path);
  ++counters_.flushes;
  const bool left_out = options_.mutation && options_.mutation({.path = path, .of_directory = true});
  if (!left_out) entries_.sync(path);
  return {};
}

Result<std::uint64_t> SimDisk::free_bytes(const std::string& path) {
  if (auto entered = enter(Call::kFreeBytes, path, "free bytes"); !entered) return entered.error();
  if (cutting_) return cut_here(path).error();
  const std::uint64_t used = used_bytes();
  return used < capacity_bytes_ ? capacity_bytes_ - used : 0;
}

void SimDisk::restart_program() {
  cut_at_.reset();
  cutting_ = false;
  powered_ = true;
  ++power_ups_;
}

void SimDisk::restore_power() {
  restart_program();
  destroy_pages_in_flight();
  const auto fate = static_cast<Fate>(random_.below(3));
  if (options_.trace != nullptr) trace("power again, fate " + std::to_string(static_cast<int>(fate)));
  entries_.lose_power(fate, random_);
}

void SimDisk::fail_once(Call call, std::uint64_t after, ErrorKind kind) { faults_.push_back({call, after, kind}); }

void SimDisk::set_capacity(std::uint64_t bytes) {
  capacity_bytes_ = bytes;
  was_limited_ = was_limited_ || bytes != UINT64_MAX;
}

std::uint64_t SimDisk::used_bytes() const {
  std::uint64_t used = 0;
  for (const auto& [path, node] : entries_.seen()) used += node->content.seen().size();
  return used;
}

void SimDisk::rot(const std::string& path, std::uint64_t position, std::uint64_t size) {
  if (const auto node = entries_.find(path))
    node->content.rot(static_cast<std::size_t>(position), static_cast<std::size_t>(size), random_);
}

// Every call begins here: it is counted, finds the power off, is the one in which the power goes, or fails.
Result<void> SimDisk::enter(Call call, const std::string& path, const std::string& words) {
  if (!powered_) return no_power(path);
  ++counters_.calls;
  cutting_ = cut_at_ && counters_.calls >= *cut_at_;
  if (options_.trace != nullptr) trace(words + " " + path + (cutting_ ? ": the power goes" : ""));
  if (call == Call::kRead && !readable_) {
    ++counters_.faults;
    return Error{ErrorKind::kIo, path + ": does not answer"};
  }
  if (read_only_) {
    auto refused = refuse_change(call, path);
    if (!refused) ++counters_.faults;
    if (!refused) return refused;
  }
  for (auto fault = faults_.begin(); fault != faults_.end(); ++fault) {
    if (fault->call != call || --fault->after > 0) continue;
    const Error error{fault->kind, path + ": made to fail"};
    faults_.erase(fault);
    ++counters_.faults;
    if (options_.trace != nullptr) trace(error.message);
    return error;
  }
  return {};
}

void SimDisk::trace(const std::string& words) {
  *options_.trace << "  call " << counters_.calls << ": " << words << "\n";
}

Result<void> SimDisk::cut_here(const std::string& path) {
  powered_ = false;
  return no_power(path);
}

Result<void> SimDisk::write(Node& node, const std::string& path, std::uint64_t position, Bytes bytes) {
  const std::uint64_t fits = room_for(node, position + bytes.size());
  const bool full = position + bytes.size() > fits;
  if (full) bytes = bytes.first(static_cast<std::size_t>(fits > position ? fits - position : 0));
  node.content.write(static_cast<std::size_t>(position), bytes, random_);
  counters_.bytes_written += bytes.size();
  if (full) return Error{ErrorKind::kNoSpace, path + ": no space left"};
  return {};
}

Result<void> SimDisk::sync_data(Node& node, const std::string& path, bool inherited) {
  Flush flush{.path = path, .grows = node.content.has_unsynced_size(), .inherited = inherited};
  for (const std::uint64_t sector : node.content.unsynced()) {
    flush.lowest = std::min(flush.lowest, sector * kSectorBytes);
    flush.highest = std::max(flush.highest, (sector + 1) * kSectorBytes);
  }
  count_flush(node, flush);
  const auto left_out = options_.mutation ? options_.mutation(flush) : std::nullopt;
  if (!left_out) {
    node.content.sync();
  } else if (left_out->from > 0 || left_out->to < UINT64_MAX) {
    node.content.sync_except(left_out->from, left_out->to);
  }
  return {};
}

void SimDisk::count_flush(const Node& node, const Flush& flush) {
  ++counters_.flushes;
  const Buffer& seen = node.content.seen();
  const auto not_zero = [](std::byte byte) { return byte != std::byte{}; };
  const auto end = static_cast<std::ptrdiff_t>(std::min<std::uint64_t>(flush.highest, seen.size()));
  if (flush.grows && flush.lowest < flush.highest &&
      std::any_of(seen.begin() + static_cast<std::ptrdiff_t>(flush.lowest), seen.begin() + end, not_zero))
    ++counters_.growing_flushes;
}

/// Where a write up to `end` must stop.
std::uint64_t SimDisk::room_for(const Node& node, std::uint64_t end) const {
  const std::uint64_t size = node.content.seen().size();
  if (end <= size || capacity_bytes_ == UINT64_MAX) return end;
  const std::uint64_t others = used_bytes() - size;
  return std::min(end, std::max(size, others < capacity_bytes_ ? capacity_bytes_ - others : 0));
}

void SimDisk::destroy_pages_in_flight() {
  if (random_.once_in(2)) return;
  for (std::uint64_t pages = random_.between(1, kMaxDestroyedPages); pages > 0; --pages) {
    std::vector<FileContent*> written;
    for (const auto& [path, node] : entries_.seen())
      if (node->content.has_unsynced()) written.push_back(&node->content);
    if (written.empty()) return;
    written[random_.index(written.size())]->destroy_page(options_.page_bytes, random_);
  }
}

Result<void> SimDisk::refuse_change(Call call, const std::string& path) const {
  constexpr Call kChanges[] = {Call::kWrite,  Call::kOpenToWrite, Call::kCreate,
                               Call::kRename, Call::kRemove,      Call::kCreateDirectory};
  const auto node = entries_.find(path);
  const bool changes = std::find(std::begin(kChanges), std::end(kChanges), call) != std::end(kChanges);
  if (!changes && !(call == Call::kSyncData && node && node->content.has_unsynced())) return {};
  if (call == Call::kCreateDirectory && node) return {};
  return Error{ErrorKind::kReadOnly, path + ": a read-only file system"};
}

std::size_t SimDisk::length_of_next_write(std::size_t asked) {
  return random_.once_in(kWholeWrites) && asked > 1 ? static_cast<std::size_t>(random_.between(1, asked - 1)) : asked;
}

}  // namespace tidegate::simulation
