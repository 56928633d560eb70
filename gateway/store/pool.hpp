#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "gateway/base/disk.hpp"
#include "gateway/base/event_log.hpp"
#include "gateway/base/metrics.hpp"
#include "gateway/base/random.hpp"
#include "gateway/store/log.hpp"
#include "gateway/store/manifest.hpp"

namespace tidegate::store {

/// Where slots lie in the pool file.
struct Layout {
  std::uint32_t slot_bytes = 0;
  std::uint32_t frame_alignment = 0;

  [[nodiscard]] std::uint64_t at(std::uint32_t slot, std::uint32_t position) const {
    return kFirstSlotAt + std::uint64_t{slot} * slot_bytes + position;
  }
};

/// Slots of a fresh pool: one to write to, two in reserve.
inline constexpr std::uint32_t kFirstSlots = 3;

/// What the manifest of a fresh pool says.
Manifest first_manifest(const LogOptions& options, Random& random);

/// Where a pool is made.
inline constexpr const char* kDraftPool = "pool.new";

/// Makes a complete pool file under its name, or nothing: a pool that can be seen is whole. sync_entries() must follow.
/// kInvalid: something that is no file has the name kDraftPool, or something that is no directory that of the
/// directory.
Result<std::unique_ptr<File>> create_pool(const LogOptions& options, Random& random, Disk& disk);

/// The directory that a path lies in.
std::string parent_of(const std::string& path);

/// Makes the names of the pool and its directory durable. Needed after every start, not only after create_pool(): the
/// program may have been killed between the two, and a pool whose name only the cache knows is gone with the power.
Result<void> sync_entries(const std::string& directory, Disk& disk);

/// Renames the pool, or what else has a `name` that is needed, so that the start goes on: to pool.newer-<n> if it is a
/// pool of a later format (kUnsupported), to pool.bad-<n> else.
Result<void> set_aside(const std::string& directory, const std::string& name, Disk& disk, EventLog& events,
                       const Error& why);

/// If `name` is that of a pool that was set aside: what it is and how the owner gets at it, in words.
std::optional<std::string> on_pool_set_aside(const std::string& name);

/// Writes zeros where the slot will be, not flushed.
Result<void> fill_slot(File& file, const Layout& layout, std::uint32_t slot);

/// Bytes that failed their check, kept in <directory>/quarantine for whoever wants to look. Each place once; a limited
/// number of files. Never fails: what cannot be kept is only reported. Thread-safe.
class Quarantine {
 public:
  Quarantine(std::string directory, Disk& disk, EventLog& events, Metrics& metrics);

  void keep(std::uint64_t file_position, Bytes bytes);

 private:
  Result<void> save(const std::string& name, Bytes bytes);

  std::string directory_;
  Disk& disk_;
  EventLog& events_;
  Counter& rotten_bytes_;
  std::mutex mutex_;
  std::set<std::uint64_t> kept_;
};

}  // namespace tidegate::store
