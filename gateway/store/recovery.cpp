#include "gateway/store/recovery.hpp"

#include "gateway/store/pool_contents.hpp"

namespace tidegate::store {

namespace {

struct Pool {
  std::unique_ptr<File> file;
  PoolContents contents;
};

Result<Pool> load_pool(std::unique_ptr<File> file) {
  auto contents = read_contents(*file);
  if (!contents) return contents.error();
  return Pool{std::move(file), std::move(*contents)};
}

// Only bytes that were read and mean nothing are set aside, and only a pool that is not there is made anew: whatever
// else fails may be well a moment later, and the backlog with it.
bool is_useless(ErrorKind kind) {
  return kind == ErrorKind::kCorrupt || kind == ErrorKind::kUnsupported || kind == ErrorKind::kInvalid;
}

Result<Pool> open_existing(const LogOptions& options, Disk& disk) {
  auto file = disk.open(options.directory + "/pool", OpenMode::kReadWrite);
  if (!file) return file.error();
  // What an earlier run had written and was killed before it flushed is made sure before anything rests on it. Without
  // this two starts that are killed could leave two manifests that only the page cache knows, and no area to spare.
  if (auto flushed = (*file)->sync_data(); !flushed) return flushed.error();
  return load_pool(std::move(*file));
}

Result<Pool> open_pool(const LogOptions& options, Disk& disk, Random& random, EventLog& events) {
  auto pool = open_existing(options, disk);
  if (pool) return pool;
  if (is_useless(pool.error().kind)) {
    auto aside = set_pool_aside(options.directory, disk, events, pool.error().message);
    if (!aside) return aside.error();
  } else if (pool.error().kind != ErrorKind::kNotFound) {
    return pool;
  }
  auto created = create_pool(options, random, disk);
  if (!created) return created.error();
  events.info("store.created", {{"directory", options.directory}});
  return load_pool(std::move(*created));
}

}  // namespace

Result<Recovered> recover(const LogOptions& options, Disk& disk, Random& random, Quarantine& quarantine,
                          EventLog& events) {
  auto pool = open_pool(options, disk, random, events);
  if (!pool) return pool.error();
  Recovered found;
  found.file = std::move(pool->file);
  found.areas = pool->contents.areas;
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
