#include "gateway/store/journal.hpp"

#include <algorithm>
#include <utility>

#include "gateway/base/assert.hpp"

namespace tidegate::store {

namespace {

// The place was preallocated: a file system that has no room for it all the same is no reason to wait for a cursor.
Error of_preallocated(Error error) {
  if (error.kind == ErrorKind::kNoSpace) error.kind = ErrorKind::kIo;
  return error;
}

// Oldest first, so that the slots are used in a circle and wear alike; never used ones before all, those in which
// something is kept last.
std::vector<std::uint32_t> free_list(const Catalog& catalog) {
  const std::vector<std::uint64_t> owed = catalog.owed_by_slot();
  const std::vector<Slot>& slots = catalog.manifest().slots;
  std::vector<std::uint32_t> free;
  for (std::uint32_t slot = 0; slot < slots.size(); ++slot) {
    if (owed[slot] == 0 && slot != catalog.manifest().tail.slot) free.push_back(slot);
  }
  const std::vector<bool> keeps = catalog.keeps_by_slot();
  std::stable_sort(free.begin(), free.end(), [&](std::uint32_t a, std::uint32_t b) {
    return std::pair(keeps[a], slots[a].sequence) < std::pair(keeps[b], slots[b].sequence);
  });
  return free;
}

SlotPosition older_tail_of(const Manifest& loaded) {
  return loaded.older_tail.value_or(SlotPosition{loaded.tail.slot, loaded.tail.position});
}

// What the tail says is not sure either, so it is a slot that was free before it.
std::optional<std::uint32_t> slot_for_copy(const Catalog& catalog, const Catalog& as_loaded) {
  const Manifest& loaded = as_loaded.manifest();
  const std::vector<std::uint64_t> owed = as_loaded.owed_by_slot();
  for (const std::uint32_t slot : free_list(catalog)) {
    if (owed[slot] == 0 && slot != loaded.tail.slot && slot != older_tail_of(loaded).slot) return slot;
  }
  return std::nullopt;
}

}  // namespace

bool has_room_for_copy(const FrameWriter& newest, const Catalog& catalog, const Catalog& as_loaded) {
  const Manifest& manifest = catalog.manifest();
  const bool closed = manifest.tail.position == manifest.slot_bytes;
  const std::uint64_t end = manifest.slots[manifest.tail.slot].used + round_up(newest.size(), manifest.frame_alignment);
  return (!closed && end <= manifest.slot_bytes) || slot_for_copy(catalog, as_loaded);
}

Journal::Journal(const LogOptions& options, std::unique_ptr<File> file, Catalog catalog, ManifestAreas areas,
                 Random& random, EventLog& events, Metrics& metrics)
    : layout_{catalog.manifest().slot_bytes, catalog.manifest().frame_alignment},
      max_slots_(static_cast<std::size_t>(
          std::min<std::uint64_t>(options.pool_bytes / catalog.manifest().slot_bytes, kMaxSlots))),
      file_(std::move(file)),
      random_(random),
      events_(events),
      metrics_(metrics),
      areas_(areas),
      catalog_(std::move(catalog)) {
  checkpoint_ = catalog_.manifest().tail.position;
  slot_closed_ = checkpoint_ == layout_.slot_bytes;
  if (options.compression == Compression::kZstd && catalog_.manifest().format >= kCompressingFormat)
    compressor_.emplace();
  show_slots();
}

Result<void> Journal::append(const FrameWriter& frame) {
  if (!fits(frame.size())) {
    if (auto moved = next_slot(); !moved) return moved;
  }
  const std::uint64_t end = active().used + round_up(frame.size(), layout_.frame_alignment);
  return put(frame, manifest_due_ || end - checkpoint_ > kCheckpointBytes);
}

Result<void> Journal::put(const FrameWriter& frame, bool with_manifest) {
  const std::uint32_t slot = catalog_.manifest().tail.slot;
  const std::uint32_t position = active().used;
  const FramePlace place{active().salt, layout_.at(slot, position)};
  const Buffer bytes = frame.make(place, catalog_.manifest().tail.next_commit, layout_.frame_alignment,
                                  compressor_ ? &*compressor_ : nullptr);
  TIDEGATE_ASSERT(position + bytes.size() <= layout_.slot_bytes, "a frame fits into a slot");

  if (auto written = write(bytes, with_manifest); !written) {
    slot_closed_ = true;
    return written;
  }
  if (with_manifest) {
    manifest_due_ = false;
    checkpoint_ = position;
  }
  const auto decoded = decode_frame(bytes, place);
  TIDEGATE_ASSERT(decoded.has_value(), "a frame that was made can be read");
  const std::lock_guard lock(mutex_);
  catalog_.apply(*decoded, slot);
  active().used = position + static_cast<std::uint32_t>(bytes.size());
  for (const RecordsSection& section : decoded->records)
    (section.relocated ? metrics_.relocated_bytes : metrics_.payload_bytes).add(section.run.size());
  metrics_.frames.add();
  return {};
}

// The manifest that names the new slot rides in the flush of the slot's first frame: if the power fails before, the old
// manifest stands, and the frame that is lost with it was promised to nobody. That the slot may be overwritten at once
// is sure because everything in it was given up by facts that are durable.
Result<void> Journal::next_slot() {
  const std::vector<std::uint32_t> free = free_list(catalog_);
  if (free.empty()) return Error{ErrorKind::kNoSpace, "no slot of the pool is free"};
  begin_slot(free.front(), random_.next());
  manifest_due_ = true;
  return {};
}

void Journal::begin_slot(std::uint32_t slot, std::uint64_t salt) {
  const std::lock_guard lock(mutex_);
  catalog_.activate(slot, salt);
  slot_closed_ = false;
  checkpoint_ = 0;
}

// No manifest may ride with the copy: it would rest on the frame that is not sure, or lose one that is.
Result<void> Journal::secure(const FrameWriter& newest, const Catalog& as_loaded) {
  if (!fits(newest.size())) {
    if (auto announced = announce_slot(as_loaded); !announced) return announced;
  }
  return put(newest, false);
}

// The tail stays where it is, to be read again: if the power fails now, the newest frame is found in its own place, or
// its copy is in the new slot.
Result<void> Journal::announce_slot(const Catalog& as_loaded) {
  const Manifest& loaded = as_loaded.manifest();
  const SlotPosition older = older_tail_of(loaded);
  const auto slot = slot_for_copy(catalog_, as_loaded);
  if (!slot) return Error{ErrorKind::kNoSpace, "no slot of the pool is free"};
  const std::uint64_t salt = random_.next();
  Catalog announced = as_loaded;
  announced.activate(*slot, salt);
  announced.manifest().tail.position = 0;
  announced.manifest().older_tail = older;
  if (auto saved = write_and_flush(announced.manifest()); !saved) return saved;
  begin_slot(*slot, salt);
  return {};
}

Result<void> Journal::write(Bytes frame, bool with_manifest) {
  Result<void> written = file_->write_at(layout_.at(catalog_.manifest().tail.slot, active().used), frame);
  metrics_.device_bytes.add(frame.size());
  if (written && with_manifest) written = write_manifest(with_tail(catalog_.manifest(), false));
  if (written) written = flush();
  if (!written) {
    areas_.flushed(false);
    written = of_preallocated(written.error());
  }
  if (with_manifest) show_slots();
  return written;
}

Result<void> Journal::save(Catalog catalog, bool clean) {
  if (auto saved = write_and_flush(with_tail(catalog.manifest(), clean)); !saved) return saved;
  manifest_due_ = false;
  checkpoint_ = active().used;
  const std::lock_guard lock(mutex_);
  catalog_ = std::move(catalog);
  return {};
}

// As many as there are areas go through all of them.
Result<void> Journal::upgrade() {
  for (std::uint32_t saved = 0; saved < kManifestAreas; ++saved)
    if (auto done = save(catalog_, true); !done) return done;
  catalog_.manifest().format = kNewestFormat;
  return areas_.rewrite(*file_, with_tail(catalog_.manifest(), true));
}

Result<void> Journal::write_and_flush(Manifest manifest) {
  auto written = write_manifest(std::move(manifest));
  if (written) written = flush();
  if (written) return written;
  written = of_preallocated(written.error());
  // It may have reached the disk all the same: before anything else is promised a newer one must overrule it.
  manifest_due_ = true;
  areas_.flushed(false);
  events_.error("store.manifest_failed", {{"reason", written.error().message}});
  return written;
}

// Behind a frame that failed nothing may be found, so a closed slot has no tail.
Manifest Journal::with_tail(Manifest manifest, bool clean) const {
  manifest.tail.position = slot_closed_ ? layout_.slot_bytes : active().used;
  manifest.tail.clean = clean;
  return manifest;
}

Result<void> Journal::write_manifest(Manifest manifest) {
  const auto bytes = areas_.write(*file_, std::move(manifest));
  if (!bytes) return bytes.error();
  metrics_.device_bytes.add(*bytes);
  return {};
}

// A flush that fails takes everything written since the last good one with it, whatever a second one would say.
Result<void> Journal::flush() {
  metrics_.flushes.add();
  auto flushed = file_->sync_data();
  if (flushed) {
    areas_.flushed(true);
  } else {
    metrics_.flush_failures.add();
  }
  return flushed;
}

std::uint32_t Journal::room() const { return slot_closed_ ? 0 : layout_.slot_bytes - active().used; }

std::uint32_t Journal::free_slots() const { return static_cast<std::uint32_t>(free_list(catalog_).size()); }

std::uint32_t Journal::empty_slots() const {
  const std::vector<bool> keeps = catalog_.keeps_by_slot();
  const std::vector<std::uint32_t> free = free_list(catalog_);
  return static_cast<std::uint32_t>(
      std::count_if(free.begin(), free.end(), [&](std::uint32_t slot) { return !keeps[slot]; }));
}

Result<void> Journal::grow() {
  if (!may_grow()) return Error{ErrorKind::kNoSpace, "the pool has its full size"};
  auto grown = fill_slot(*file_, layout_, static_cast<std::uint32_t>(catalog_.manifest().slots.size()));
  if (grown) grown = flush();
  if (!grown) return grown;
  metrics_.device_bytes.add(layout_.slot_bytes);
  const std::lock_guard lock(mutex_);
  catalog_.manifest().slots.emplace_back();
  return {};
}

void Journal::show_slots() {
  const auto free = static_cast<std::int64_t>(free_slots());
  metrics_.slots_free.set(free);
  metrics_.slots_used.set(static_cast<std::int64_t>(catalog_.manifest().slots.size()) - free);
}

JournalMetrics::JournalMetrics(Metrics& metrics)
    : frames(metrics.counter("tidegate_store_frames_total", "Frames made durable.")),
      flushes(metrics.counter("tidegate_store_flushes_total", "Flushes of the pool file.")),
      flush_failures(metrics.counter("tidegate_store_flush_failures_total", "Flushes of the pool file that failed.")),
      device_bytes(metrics.counter("tidegate_store_device_bytes_total", "Bytes written to the pool file.")),
      payload_bytes(metrics.counter("tidegate_store_payload_bytes_total", "Bytes of records made durable.")),
      relocated_bytes(metrics.counter("tidegate_store_relocated_bytes_total", "Bytes of records copied forward.")),
      slots_free(metrics.gauge("tidegate_store_slots", "Slots of the pool.", {{"state", "free"}})),
      slots_used(metrics.gauge("tidegate_store_slots", "Slots of the pool.", {{"state", "used"}})) {}

}  // namespace tidegate::store
