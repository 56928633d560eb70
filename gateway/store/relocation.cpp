#include "gateway/store/relocation.hpp"

#include <algorithm>

#include "gateway/store/frame_walker.hpp"

namespace tidegate::store {

namespace {

constexpr std::uint32_t kChunkBytes = 256 << 10;
constexpr std::size_t kRecordOverhead = 64;  // more than a record costs beyond its texts and bytes

std::size_t upper_bound_of(const Message& message) {
  return message.topic.size() + message.client.size() + message.payload.size() + message.properties.size() +
         kRecordOverhead;
}

}  // namespace

Relocation::Relocation(Journal& journal, Quarantine& quarantine, std::uint32_t slot)
    : journal_(journal), quarantine_(quarantine), slot_(slot) {
  for (const StreamRecord& stream : journal.catalog().manifest().streams) {
    const Offset from = owed_from(stream);
    for (const auto& [first, extent] : stream.extents) {
      if (extent.slot == slot && extent.end() > from)
        owed_[stream.id].put(cut(extent, std::max(first, from), extent.end()));
    }
  }
}

Result<void> Relocation::run() {
  const Slot slot = journal_.catalog().manifest().slots[slot_];
  FrameWalker walker(journal_.file(), journal_.layout(), {slot_, slot.salt, 0, slot.used}, kChunkBytes);
  while (const auto step = walker.next()) {
    if (!step->frame) {
      quarantine_.keep(journal_.layout().at(slot_, step->position), step->bytes);
      continue;
    }
    for (const RecordsSection& section : step->frame->records) {
      if (auto taken = take(section); !taken) return taken;
    }
  }
  if (!walker.outcome()) return walker.outcome();
  if (auto flushed = flush(); !flushed) return flushed;
  forget_slot();
  return {};
}

Result<void> Relocation::take(const RecordsSection& section) {
  const auto owed = owed_.find(section.stream);
  if (owed == owed_.end()) return {};
  for (Offset at = section.first; at < section.end();) {
    const auto extent = owed->second.at_or_after(at);
    if (!extent || extent->first >= section.end()) return {};
    const Offset from = std::max(extent->first, at);
    const Offset to = std::min(extent->end(), section.end());
    if (auto copied = copy(section, from, to); !copied) return copied;
    owed->second.erase(from, to);
    at = to;
  }
  return {};
}

Result<void> Relocation::copy(const RecordsSection& section, Offset from, Offset to) {
  RecordReader reader(section.run);
  Message message;
  for (Offset at = section.first; at < to && reader.next(message); at = at + 1) {
    if (at < from) continue;
    if (auto added = add(section, reader.boot(), at, message); !added) return added;
  }
  return {};
}

Result<void> Relocation::add(const RecordsSection& section, BootId boot, Offset offset, const Message& message) {
  if (gathered() > kFrameHeaderBytes && gathered() + upper_bound_of(message) + kSectionOverhead > frame_limit()) {
    if (auto flushed = flush(); !flushed) return flushed;
  }
  auto at = runs_.find(section.stream);
  if (at != runs_.end()) {
    Run& run = at->second;
    if (run.next() != offset || run.boot != boot || run.incarnation != section.incarnation) {
      finish(at->first, run);
      runs_.erase(at);
      at = runs_.end();
    }
  }
  if (at == runs_.end())
    at = runs_.emplace(section.stream, Run{RecordWriter(boot), boot, section.incarnation, offset}).first;
  at->second.records.add(message);
  return {};
}

void Relocation::finish(StreamId stream, Run& run) {
  RecordsSection section{.stream = stream,
                         .incarnation = run.incarnation,
                         .first = run.first,
                         .count = run.records.count(),
                         .run = {},
                         .relocated = true};
  const Buffer records = run.records.take();
  section.run = records;
  frame_.add(section);
}

Result<void> Relocation::flush() {
  for (auto& [stream, run] : runs_) finish(stream, run);
  runs_.clear();
  if (frame_.empty()) return {};
  const FrameWriter frame = std::move(frame_);
  frame_ = FrameWriter();
  return journal_.append(frame);
}

std::size_t Relocation::gathered() const {
  std::size_t bytes = frame_.size();
  for (const auto& [stream, run] : runs_) bytes += run.records.size() + kSectionOverhead;
  return bytes;
}

// The rest of the active slot is filled before another one is begun.
std::size_t Relocation::frame_limit() const {
  const std::uint64_t room = journal_.room();
  const Layout& layout = journal_.layout();
  const std::uint64_t place = room >= 2 * std::uint64_t{layout.frame_alignment} ? room : layout.slot_bytes;
  return static_cast<std::size_t>(std::min<std::uint64_t>(place, kChunkBytes));
}

// What is left in the slot now is dead or could not be read; offsets that lie nowhere are named corrupt from here on.
void Relocation::forget_slot() {
  const std::lock_guard lock(journal_.mutex());
  for (StreamRecord& stream : journal_.catalog().manifest().streams) stream.extents.erase_slot(slot_);
}

}  // namespace tidegate::store
