#include "gateway/store/pool.hpp"

#include <algorithm>

#include "gateway/store/manifest_areas.hpp"

namespace tidegate::store {

namespace {

constexpr std::string_view kNewer = "pool.newer-";
constexpr std::string_view kBad = "pool.bad-";
constexpr std::size_t kZeroBytes = 256 << 10;
constexpr std::size_t kMaxKept = 64;            // files in the quarantine
constexpr std::size_t kMaxKeptBytes = 1 << 20;  // of one file

Result<void> fill(File& file, std::uint64_t from, std::uint64_t to) {
  const Buffer zeros(kZeroBytes);
  for (std::uint64_t at = from; at < to; at += kZeroBytes) {
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(kZeroBytes, to - at));
    if (auto written = file.write_at(at, Bytes(zeros).first(size)); !written) return written;
  }
  return {};
}

Result<std::unique_ptr<File>> write_pool(const std::string& path, const Manifest& manifest, Disk& disk) {
  auto file = disk.open(path, OpenMode::kCreate);
  if (!file) return file;
  const Layout layout{manifest.slot_bytes, manifest.frame_alignment};
  if (auto filled = fill(**file, 0, layout.at(kFirstSlots, 0)); !filled) return filled.error();
  if (auto written = ManifestAreas().write(**file, manifest); !written) return written.error();
  if (auto flushed = (*file)->sync_data(); !flushed) return flushed.error();
  return file;
}

}  // namespace

Manifest first_manifest(const LogOptions& options, Random& random) {
  Manifest manifest;
  manifest.format = options.format;
  random.fill(manifest.store_id);
  manifest.board_id = options.board_id;
  manifest.slot_bytes = options.slot_bytes;
  manifest.frame_alignment = options.frame_alignment;
  manifest.slots.resize(kFirstSlots);
  manifest.slots[0] = {random.next(), 1, 0};
  return manifest;
}

Result<std::unique_ptr<File>> create_pool(const LogOptions& options, Random& random, Disk& disk) {
  const std::string path = options.directory + "/pool";
  const std::string draft = options.directory + "/" + kDraftPool;
  if (auto made = disk.create_directory(options.directory); !made) return made.error();
  auto file = write_pool(draft, first_manifest(options, random), disk);
  if (!file) {
    (void)disk.remove(draft);  // on a full disk it would be in the way of whatever comes next
    return file;
  }
  if (auto renamed = disk.rename(draft, path); !renamed) return renamed.error();
  return disk.open(path, OpenMode::kReadWrite);  // anew: what it has to say is said of the name that it has now
}

std::string parent_of(const std::string& path) {
  const std::size_t slash = path.find_last_of('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

Result<void> sync_entries(const std::string& directory, Disk& disk) {
  if (auto flushed = disk.sync_directory(directory); !flushed) return flushed;
  return disk.sync_directory(parent_of(directory));
}

Result<void> set_aside(const std::string& directory, const std::string& name, Disk& disk, EventLog& events,
                       const Error& why) {
  const std::string_view prefix = why.kind == ErrorKind::kUnsupported ? kNewer : kBad;
  const auto names = disk.list(directory);
  if (!names) return names.error();
  std::string aside;
  for (int number = 1; aside.empty(); ++number) {
    const std::string candidate = std::string(prefix) + std::to_string(number);
    if (std::find(names->begin(), names->end(), candidate) == names->end()) aside = candidate;
  }
  if (auto renamed = disk.rename(directory + "/" + name, directory + "/" + aside); !renamed) return renamed;
  events.error("store.pool_set_aside",
               {{"as", aside}, {"reason", why.message}, {"meaning", *on_pool_set_aside(aside)}});
  return {};
}

std::optional<std::string> on_pool_set_aside(const std::string& name) {
  const std::string moved = name + ", moved to DIR/store/pool, is read by ";
  if (name.starts_with(kNewer))
    return "a later version of Tidegate wrote a pool that this one cannot read; it is untouched, with what it still "
           "owes. " +
           moved + "tidegate store export DIR of that version, and delivered by its gateway with store.path = DIR";
  if (name.starts_with(kBad))
    return "what is no pool, or none any more, was set aside. " + moved +
           "tidegate store repair DIR, which tells what can be done";
  return std::nullopt;
}

Result<void> fill_slot(File& file, const Layout& layout, std::uint32_t slot) {
  return fill(file, layout.at(slot, 0), layout.at(slot + 1, 0));
}

Quarantine::Quarantine(std::string directory, Disk& disk, EventLog& events, Metrics& metrics)
    : directory_(std::move(directory)),
      disk_(disk),
      events_(events),
      rotten_bytes_(
          metrics.counter("tidegate_store_rotten_bytes_total", "Bytes of the pool that failed their check.")) {}

void Quarantine::keep(std::uint64_t file_position, Bytes bytes) {
  const std::lock_guard lock(mutex_);
  if (kept_.size() >= kMaxKept || !kept_.insert(file_position).second) return;
  rotten_bytes_.add(bytes.size());
  const std::string name = "rot-" + std::to_string(file_position);
  const auto saved = save(name, bytes.first(std::min(bytes.size(), kMaxKeptBytes)));
  events_.error("store.rot", {{"position", file_position},
                              {"bytes", std::uint64_t{bytes.size()}},
                              {"kept", saved.ok() ? "quarantine/" + name : saved.error().message}});
}

Result<void> Quarantine::save(const std::string& name, Bytes bytes) {
  const std::string folder = directory_ + "/quarantine";
  if (auto made = disk_.create_directory(folder); !made) return made;
  const auto names = disk_.list(folder);
  if (!names) return names.error();
  if (names->size() >= kMaxKept) return Error{ErrorKind::kNoSpace, "the quarantine is full"};
  auto file = disk_.open(folder + "/" + name, OpenMode::kCreate);
  if (!file) return file.error();
  return (*file)->write_at(0, bytes);
}

}  // namespace tidegate::store
