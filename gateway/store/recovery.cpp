#include "gateway/store/recovery.hpp"

#include <utility>

#include "gateway/store/pool_contents.hpp"

namespace tidegate::store {

namespace {

struct Pool {
  std::unique_ptr<File> file;
  PoolContents contents;
  std::optional<Error> refusal;
};

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

Result<Pool> load_pool(std::unique_ptr<File> file) {
  auto contents = read_contents(*file);
  if (!contents) return contents.error();
  return Pool{std::move(file), std::move(*contents), {}};
}

// Only bytes that were read and mean nothing are set aside, and only a pool that is not there is made anew: whatever
// else fails may be well a moment later, and the backlog with it.
bool is_useless(ErrorKind kind) {
  return kind == ErrorKind::kCorrupt || kind == ErrorKind::kUnsupported || kind == ErrorKind::kInvalid;
}

// Nothing will be written, so nothing has to be sure before.
Result<Pool> read_existing(const std::string& path, Disk& disk, const Error& refusal) {
  auto file = disk.open(path, OpenMode::kRead);
  if (!file) return file.error();
  auto pool = load_pool(std::move(*file));
  if (pool) pool->refusal = refusal;
  return pool;
}

Pool absent_pool(const LogOptions& options, Random& random, const Error& refusal) {
  PoolContents contents;
  contents.catalog = Catalog(first_manifest(options, random));
  contents.catalog.manifest().tail.clean = true;  // no frame to look for
  return {std::make_unique<AbsentFile>(refusal), std::move(contents), refusal};
}

Result<Pool> open_existing(const LogOptions& options, Disk& disk) {
  const std::string path = options.directory + "/pool";
  auto file = disk.open(path, OpenMode::kReadWrite);
  // What an earlier run had written and was killed before it flushed is made sure before anything rests on it. Without
  // this two starts that are killed could leave two manifests that only the page cache knows, and no area to spare.
  const auto flushed = file ? (*file)->sync_data() : Result<void>(file.error());
  if (flushed) return load_pool(std::move(*file));
  if (flushed.error().kind == ErrorKind::kReadOnly) return read_existing(path, disk, flushed.error());
  return flushed.error();
}

Result<Pool> make_pool(const LogOptions& options, Disk& disk, Random& random, EventLog& events) {
  auto created = create_pool(options, random, disk);
  if (!created) return created.error();
  events.info("store.created", {{"directory", options.directory}});
  return load_pool(std::move(*created));
}

Result<Pool> open_pool(const LogOptions& options, Disk& disk, Random& random, EventLog& events) {
  auto pool = open_existing(options, disk);
  if (pool) return pool;
  if (pool.error().kind == ErrorKind::kReadOnly) return absent_pool(options, random, pool.error());
  Result<void> cleared;
  if (is_useless(pool.error().kind)) {
    cleared = set_pool_aside(options.directory, disk, events, pool.error().message);
  } else if (pool.error().kind != ErrorKind::kNotFound) {
    return pool;
  }
  auto made = cleared ? make_pool(options, disk, random, events) : cleared.error();
  if (!made && made.error().kind == ErrorKind::kReadOnly) return absent_pool(options, random, made.error());
  return made;
}

}  // namespace

Result<Recovered> recover(const LogOptions& options, Disk& disk, Random& random, Quarantine& quarantine,
                          EventLog& events) {
  auto pool = open_pool(options, disk, random, events);
  if (!pool) return pool.error();
  Recovered found;
  found.file = std::move(pool->file);
  found.areas = pool->contents.areas;
  found.refusal = std::move(pool->refusal);
  for (const std::uint32_t area : found.areas.half_rotten())
    events.warning(
        "store.manifest_rotten",
        {{"area", area},
         {"meaning", "nothing is lost: its second copy is well; one comes after a power cut, many from a dying card"}});
  found.catalog = std::move(pool->contents.catalog);
  found.as_loaded = found.catalog;
  auto last = read_tail(*found.file, found.catalog,
                        [&](std::uint64_t position, Bytes bytes) { quarantine.keep(position, bytes); });
  if (!last) return last.error();
  found.last_frame = std::move(*last);
  if (auto bound = found.catalog.configure(options, random, events); !bound) return bound.error();
  return found;
}

}  // namespace tidegate::store
