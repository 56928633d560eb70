#include "gateway/store/journal.hpp"

#include <algorithm>

#include "gateway/base/assert.hpp"

namespace tidegate::store {

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
  show_slots();
}

Result<void> Journal::append(const FrameWriter& frame) {
  if (!fits(frame.size())) {
    if (auto moved = next_slot(); !moved) return moved;
  }
  const std::uint32_t slot = catalog_.manifest().tail.slot;
  const std::uint32_t position = active().used;
  const FramePlace place{active().salt, layout_.at(slot, position)};
  const Buffer bytes = frame.make(place, catalog_.manifest().tail.next_commit, layout_.frame_alignment);
  TIDEGATE_ASSERT(position + bytes.size() <= layout_.slot_bytes, "a frame fits into a slot");

  const bool with_manifest = manifest_due_ || position + bytes.size() - checkpoint_ > kCheckpointBytes;
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
  const std::vector<std::uint32_t> free = free_list();
  if (free.empty()) return Error{ErrorKind::kNoSpace, "no slot of the pool is free"};
  {
    const std::lock_guard lock(mutex_);
    catalog_.activate(free.front(), random_.next());
  }
  slot_closed_ = false;
  manifest_due_ = true;
  checkpoint_ = 0;
  return {};
}

Result<void> Journal::write(Bytes frame, bool with_manifest) {
  Result<void> written = file_->write_at(layout_.at(catalog_.manifest().tail.slot, active().used), frame);
  metrics_.device_bytes.add(frame.size());
  if (written && with_manifest) written = write_manifest(catalog_.manifest());
  if (written) written = flush();
  if (!written) {
    areas_.flushed(false);
    // The place was preallocated: a file system that has no room for it all the same is no reason to wait for a cursor.
    if (written.error().kind == ErrorKind::kNoSpace) written = Error{ErrorKind::kIo, written.error().message};
  }
  if (with_manifest) show_slots();
  return written;
}

Result<void> Journal::save(Catalog catalog, bool clean) {
  Manifest manifest = catalog.manifest();
  manifest.tail.clean = clean;
  auto written = write_manifest(std::move(manifest));
  if (written) written = flush();
  if (!written) {
    // It may have reached the disk all the same: before anything else is promised a newer one must overrule it.
    manifest_due_ = true;
    areas_.flushed(false);
    events_.error("store.manifest_failed", {{"reason", written.error().message}});
    return written;
  }
  manifest_due_ = false;
  checkpoint_ = active().used;
  const std::lock_guard lock(mutex_);
  catalog_ = std::move(catalog);
  return {};
}

Result<void> Journal::write_manifest(Manifest manifest) {
  // Behind a frame that failed nothing may be found, so a closed slot has no tail.
  manifest.tail.position = slot_closed_ ? layout_.slot_bytes : active().used;
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

std::uint32_t Journal::free_slots() const { return static_cast<std::uint32_t>(free_list().size()); }

// Oldest first, so that the slots are used in a circle and wear alike; never used ones before all.
std::vector<std::uint32_t> Journal::free_list() const {
  const std::vector<std::uint64_t> owed = catalog_.owed_by_slot();
  const std::vector<Slot>& slots = catalog_.manifest().slots;
  std::vector<std::uint32_t> free;
  for (std::uint32_t slot = 0; slot < slots.size(); ++slot) {
    if (owed[slot] == 0 && slot != catalog_.manifest().tail.slot) free.push_back(slot);
  }
  std::stable_sort(free.begin(), free.end(),
                   [&](std::uint32_t a, std::uint32_t b) { return slots[a].sequence < slots[b].sequence; });
  return free;
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
