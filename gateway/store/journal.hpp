#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "gateway/base/disk.hpp"
#include "gateway/base/event_log.hpp"
#include "gateway/base/metrics.hpp"
#include "gateway/base/random.hpp"
#include "gateway/store/catalog.hpp"
#include "gateway/store/manifest_areas.hpp"
#include "gateway/store/pool.hpp"

namespace tidegate::store {

/// The figures of the write path. device_bytes over payload_bytes is the wear.
struct JournalMetrics {
  explicit JournalMetrics(Metrics& metrics);

  Counter& frames;
  Counter& flushes;
  Counter& flush_failures;
  Counter& device_bytes;
  Counter& payload_bytes;
  Counter& relocated_bytes;
  Gauge& slots_free;
  Gauge& slots_used;
};

/// Puts frames one behind the other into the active slot, goes on to the next slot when it is full, and keeps the
/// manifest beside them. After each call the catalog holds exactly what is durable.
///
/// Threads: one writer; others read the catalog under mutex(). Errors: after a failed write or flush nothing of the
/// call is in the catalog, the active slot is never written again in its present life, and the next frame goes to
/// another.
class Journal {
 public:
  /// The catalog's tail says where to go on; an unusable one (position at the end of the slot) means another slot.
  Journal(const LogOptions& options, std::unique_ptr<File> file, Catalog catalog, ManifestAreas areas, Random& random,
          EventLog& events, Metrics& metrics);

  /// Whether a frame of `bytes` fits into the active slot.
  [[nodiscard]] bool fits(std::size_t bytes) const { return round_up(bytes, layout_.frame_alignment) <= room(); }
  /// Bytes left in the active slot.
  [[nodiscard]] std::uint32_t room() const;

  /// Writes the frame, in the next slot if need be, and flushes once: the manifest that names a new slot rides in the
  /// same flush. kNoSpace: there is no next slot.
  Result<void> append(const FrameWriter& frame);

  /// Makes sure what may be in the page cache alone: appends `newest`, a copy of the newest frame that was found (see
  /// read_tail), behind it, or into another slot that a manifest announces first. `as_loaded` is the catalog before the
  /// tail was read. Of the journal's catalog nothing else becomes durable yet. kNoSpace: there is no other slot.
  Result<void> secure(const FrameWriter& newest, const Catalog& as_loaded);

  /// Writes `catalog` as the manifest, flushes, and takes it over. `clean`: no frame will follow it.
  Result<void> save(Catalog catalog, bool clean = false);

  /// Makes the pool one of kNewestFormat, as a log that was closed: nothing may be called afterwards. Whatever fails,
  /// or if the power goes, all that the pool holds is there, in this format or the one before.
  Result<void> upgrade();

  /// Slots that owe nothing to anyone, without the active one.
  [[nodiscard]] std::uint32_t free_slots() const;
  /// Those of them in which nothing is kept either.
  [[nodiscard]] std::uint32_t empty_slots() const;
  [[nodiscard]] bool may_grow() const { return catalog_.manifest().slots.size() < max_slots_; }
  /// Adds one slot, filled with zeros and flushed, so that no commit ever changes the file's size. kNoSpace: the pool
  /// has its full size, or the disk is full.
  Result<void> grow();

  [[nodiscard]] const Catalog& catalog() const { return catalog_; }
  [[nodiscard]] Catalog& catalog() { return catalog_; }
  [[nodiscard]] std::mutex& mutex() const { return mutex_; }
  [[nodiscard]] File& file() const { return *file_; }
  [[nodiscard]] const Layout& layout() const { return layout_; }
  [[nodiscard]] const JournalMetrics& metrics() const { return metrics_; }

 private:
  [[nodiscard]] Slot& active() { return catalog_.manifest().slots[catalog_.manifest().tail.slot]; }
  [[nodiscard]] const Slot& active() const { return catalog_.manifest().slots[catalog_.manifest().tail.slot]; }
  Result<void> next_slot();
  void begin_slot(std::uint32_t slot, std::uint64_t salt);
  Result<void> announce_slot(const Catalog& as_loaded);
  Result<void> put(const FrameWriter& frame, bool with_manifest);
  Result<void> write(Bytes frame, bool with_manifest);
  [[nodiscard]] Manifest with_tail(Manifest manifest, bool clean) const;
  Result<void> write_manifest(Manifest manifest);
  Result<void> write_and_flush(Manifest manifest);
  Result<void> flush();
  void show_slots();

  Layout layout_;
  std::size_t max_slots_;
  std::optional<Compressor> compressor_;
  std::unique_ptr<File> file_;
  Random& random_;
  EventLog& events_;
  JournalMetrics metrics_;
  ManifestAreas areas_;
  mutable std::mutex mutex_;
  Catalog catalog_;
  std::uint32_t checkpoint_ = 0;  // where the newest manifest says the log ends
  bool manifest_due_ = false;
  bool slot_closed_ = false;
};

/// Whether Journal::secure() will find room for `newest` where `catalog` and `as_loaded` were read.
[[nodiscard]] bool has_room_for_copy(const FrameWriter& newest, const Catalog& catalog, const Catalog& as_loaded);

/// Frames between two manifests at most, in bytes: it bounds what a start has to read.
inline constexpr std::uint32_t kCheckpointBytes = 4 << 20;

}  // namespace tidegate::store
