#include "gateway/store/cleaner.hpp"

#include <algorithm>

#include "gateway/store/relocation.hpp"

namespace tidegate::store {

namespace {

constexpr std::uint32_t kNeededSlots = 2;  // the next one, and one to copy forward into

}  // namespace

Cleaner::Cleaner(const LogOptions& options, Journal& journal, Quarantine& quarantine, Disk& disk, EventLog& events,
                 Metrics& metrics)
    : options_(options),
      journal_(journal),
      quarantine_(quarantine),
      disk_(disk),
      events_(events),
      dropped_("disk_full", "the disk is full", events, metrics) {}

Result<void> Cleaner::make_room(std::size_t bytes) {
  const auto enough = [&] { return journal_.fits(bytes) || journal_.free_slots() >= kNeededSlots; };
  const auto nothing_goes = [&] { return journal_.fits(bytes) || journal_.empty_slots() >= kNeededSlots; };
  while (!nothing_goes() && may_grow()) {
    const auto grown = journal_.grow();
    if (grown) continue;
    events_.warning("store.cannot_grow", {{"reason", grown.error().message}});
    break;
  }
  // Each round gains a part of a slot; the limit only guards against a bug.
  for (std::uint32_t rounds = 64 * kNeededSlots; !enough(); --rounds) {
    if (rounds == 0) return Error{ErrorKind::kNoSpace, "cleaning the pool gains nothing"};
    if (auto cleaned = clean_once(); !cleaned) return cleaned;
  }
  return {};
}

Result<void> Cleaner::clean_once() {
  const auto slot = emptiest_slot();
  if (slot && journal_.free_slots() > 0) return Relocation(journal_, quarantine_, *slot).run();
  if (const StreamRecord* stream = stream_to_drop_from()) return drop_oldest(*stream);
  return Error{ErrorKind::kNoSpace, "the pool is full of records that may not be dropped"};
}

// The emptiest, not the oldest: one slot of small padded frames gives back nearly all of itself, while the oldest may
// be full of records that were copied forward before. Below a sixteenth of a slot it is not worth the wear.
std::optional<std::uint32_t> Cleaner::emptiest_slot() const {
  const std::vector<std::uint64_t> owed = journal_.catalog().owed_by_slot();
  const Layout& layout = journal_.layout();
  const std::uint64_t gain = std::max(layout.slot_bytes / 16, 2 * layout.frame_alignment);
  std::optional<std::uint32_t> emptiest;
  for (std::uint32_t slot = 0; slot < owed.size(); ++slot) {
    if (slot == journal_.catalog().manifest().tail.slot || owed[slot] == 0) continue;
    if (owed[slot] + gain > layout.slot_bytes) continue;
    if (!emptiest || owed[slot] < owed[*emptiest]) emptiest = slot;
  }
  return emptiest;
}

bool Cleaner::may_drop(const StreamRecord& stream) const {
  const auto index = journal_.catalog().index_of(stream.id);
  return !index || options_.streams[index->value].when_full == WhenFull::kDropOldest;
}

const StreamRecord* Cleaner::stream_to_drop_from() const {
  const StreamRecord* largest = nullptr;
  for (const StreamRecord& stream : journal_.catalog().manifest().streams) {
    if (!may_drop(stream) || live_bytes(stream) == 0) continue;
    if (largest == nullptr || live_bytes(stream) > live_bytes(*largest)) largest = &stream;
  }
  return largest;
}

Result<void> Cleaner::drop_oldest(const StreamRecord& stream) {
  const Offset from = owed_from(stream);
  const auto oldest = stream.extents.at_or_after(from);
  Catalog next = journal_.catalog();
  evict(*next.find(stream.id), oldest ? oldest->end() : stream.next);
  const std::uint64_t dropped = oldest ? oldest->end() - from : 0;
  const std::string name = stream.name;  // the catalog, and the stream with it, is replaced by save()
  if (auto saved = journal_.save(std::move(next)); !saved) return saved;
  dropped_.add(name, dropped);
  return {};
}

bool Cleaner::could_make_room() const {
  const std::lock_guard lock(journal_.mutex());
  if (journal_.free_slots() >= kNeededSlots || emptiest_slot() || stream_to_drop_from() != nullptr) return true;
  return may_grow();
}

// Asked before a slot of zeros is written: on a full disk that would wear the flash at each commit and gain nothing.
bool Cleaner::may_grow() const {
  if (!journal_.may_grow()) return false;
  const auto free = disk_.free_bytes(options_.directory);
  return !free || *free > journal_.layout().slot_bytes;
}

}  // namespace tidegate::store
