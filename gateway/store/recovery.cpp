#include "gateway/store/recovery.hpp"

#include <utility>

#include "gateway/store/journal.hpp"
#include "gateway/store/pool_contents.hpp"

namespace tidegate::store {

namespace {

/// A pool that could not be made, or may not even be read.
class AbsentFile final : public File {
 public:
  explicit AbsentFile(Error why) : why_(std::move(why)) {}
  Result<std::size_t> read_at(std::uint64_t, std::span<std::byte>) override { return why_; }
  Result<void> write_at(std::uint64_t, Bytes) override { return why_; }
  Result<void> sync_data() override { return why_; }
  Result<std::uint64_t> size() override { return why_; }

 private:
  Error why_;
};

// Only bytes that were read and mean nothing here are set aside, and only a pool that is not there is made anew:
// whatever else fails may be well a moment later, and the backlog with it.
bool is_useless(ErrorKind kind) {
  return kind == ErrorKind::kCorrupt || kind == ErrorKind::kUnsupported || kind == ErrorKind::kInvalid;
}

Recovered absent_pool(const LogOptions& options, Random& random, const Error& refusal) {
  Recovered found;
  found.file = std::make_unique<AbsentFile>(refusal);
  found.catalog = Catalog(first_manifest(options, random));
  found.refusal = refusal;
  return found;
}

class Opener {
 public:
  Opener(const LogOptions& options, Disk& disk, Random& random, Quarantine& quarantine, EventLog& events)
      : options_(options), disk_(disk), random_(random), quarantine_(quarantine), events_(events) {}

  Result<Recovered> open() {
    auto pool = open_existing();
    if (pool) return pool;
    if (pool.error().kind == ErrorKind::kReadOnly) return absent_pool(options_, random_, pool.error());
    Result<void> cleared;
    if (is_useless(pool.error().kind)) {
      cleared = set_aside(options_.directory, "pool", disk_, events_, pool.error());
    } else if (pool.error().kind != ErrorKind::kNotFound) {
      return pool;
    }
    auto made = cleared ? make() : cleared.error();
    if (!made && made.error().kind == ErrorKind::kReadOnly) return absent_pool(options_, random_, made.error());
    return made;
  }

 private:
  Result<Recovered> open_existing();
  Result<Recovered> read_existing(const std::string& path, const Error& refusal);
  Result<void> clear_the_way(const Error& why);
  Result<Recovered> make();
  Result<Recovered> load(std::unique_ptr<File> file);
  Result<Recovered> read(File& file);

  const LogOptions& options_;
  Disk& disk_;
  Random& random_;
  Quarantine& quarantine_;
  EventLog& events_;
};

Result<Recovered> Opener::open_existing() {
  const std::string path = options_.directory + "/pool";
  auto file = disk_.open(path, OpenMode::kReadWrite);
  // What an earlier run had written and was killed before it flushed is made sure before anything rests on it. Without
  // this two starts that are killed could leave two manifests that only the page cache knows, and no area to spare.
  const auto flushed = file ? (*file)->sync_data() : Result<void>(file.error());
  if (flushed) return load(std::move(*file));
  if (flushed.error().kind == ErrorKind::kReadOnly) return read_existing(path, flushed.error());
  return flushed.error();
}

// Nothing will be written, so nothing has to be sure before.
Result<Recovered> Opener::read_existing(const std::string& path, const Error& refusal) {
  auto file = disk_.open(path, OpenMode::kRead);
  if (!file) return file.error();
  auto found = load(std::move(*file));
  if (found) found->refusal = refusal;
  return found;
}

Result<void> Opener::clear_the_way(const Error& why) {
  const std::string& directory = options_.directory;
  if (disk_.list(directory)) return set_aside(directory, kDraftPool, disk_, events_, why);
  return set_aside(parent_of(directory), directory.substr(directory.find_last_of('/') + 1), disk_, events_, why);
}

Result<Recovered> Opener::make() {
  auto created = create_pool(options_, random_, disk_);
  if (!created && created.error().kind == ErrorKind::kInvalid) {
    if (auto cleared = clear_the_way(created.error()); !cleared) return cleared.error();
    created = create_pool(options_, random_, disk_);
  }
  if (!created) return created.error();
  events_.info("store.created", {{"directory", options_.directory}});
  return load(std::move(*created));
}

// A newest frame that cannot be copied has to be believed: then it is to be what the disk holds, not the page cache.
Result<Recovered> Opener::load(std::unique_ptr<File> file) {
  auto found = read(*file);
  if (found && !found->last_frame.empty() && !has_room_for_copy(found->last_frame, found->catalog, found->as_loaded)) {
    file->drop_cache();
    found = read(*file);
  }
  if (found) found->file = std::move(file);
  return found;
}

Result<Recovered> Opener::read(File& file) {
  auto contents = read_contents(file);
  if (!contents) return contents.error();
  Recovered found;
  found.areas = contents->areas;
  found.catalog = std::move(contents->catalog);
  found.as_loaded = found.catalog;
  auto last =
      read_tail(file, found.catalog, [&](std::uint64_t position, Bytes bytes) { quarantine_.keep(position, bytes); });
  if (!last) return last.error();
  found.last_frame = std::move(*last);
  return found;
}

}  // namespace

Result<Recovered> recover(const LogOptions& options, Disk& disk, Random& random, Quarantine& quarantine,
                          EventLog& events) {
  auto found = Opener(options, disk, random, quarantine, events).open();
  if (!found) return found;
  for (const std::uint32_t area : found->areas.half_rotten())
    events.warning(
        "store.manifest_rotten",
        {{"area", area},
         {"meaning", "nothing is lost: its second copy is well; one comes after a power cut, many from a dying card"}});
  if (auto bound = found->catalog.configure(options, random, events); !bound) return bound.error();
  return found;
}

}  // namespace tidegate::store
