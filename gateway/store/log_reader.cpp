#include "gateway/store/log_reader.hpp"

#include <algorithm>
#include <utility>

namespace tidegate::store {

namespace {

constexpr std::uint32_t kChunkBytes = 128 << 10;

}  // namespace

LogReader::LogReader(const LogSource& source, RotListener rot, StreamIndex stream, std::size_t max_bytes)
    : source_(source), rot_(std::move(rot)), stream_(stream), max_bytes_(std::max<std::size_t>(1, max_bytes)) {}

Result<ReadResult> LogReader::run(Offset from, ReadHint hint) {
  result_.next = from;
  result_.hint = hint;
  while (!full()) {
    const auto target = locate();
    if (!target) break;
    if (auto read = read_extent(*target); !read) return read.error();
  }
  return std::move(result_);
}

// Steps over what is not there, up to the next extent or the end of the stream.
std::optional<LogReader::Target> LogReader::locate() {
  const std::lock_guard lock(source_.mutex);
  const StreamRecord& stream = source_.catalog.stream(stream_);
  if (result_.next >= stream.next) return std::nullopt;
  const auto extent = stream.extents.at_or_after(result_.next);
  const Offset there = extent ? std::max(extent->first, result_.next) : stream.next;
  skip_to(there, stream);
  if (!extent) return std::nullopt;
  const Slot& slot = source_.catalog.manifest().slots[extent->slot];
  return Target{stream.id, *extent, {extent->slot, slot.salt, 0, slot.used}};
}

bool LogReader::still_there(const Target& target) const {
  const std::lock_guard lock(source_.mutex);
  const auto extent = source_.catalog.stream(stream_).extents.at_or_after(result_.next);
  return extent && extent->first <= result_.next && extent->slot == target.range.slot &&
         source_.catalog.manifest().slots[extent->slot].salt == target.range.salt;
}

// Frames of one extent may lie in any order (copies that went forward), so a walk that found something is followed by
// another from the slot's beginning; one that finds nothing from there shows that the records are lost.
Result<void> LogReader::read_extent(const Target& target) {
  const ReadHint hint = result_.hint;
  const bool hinted = hint.slot == target.range.slot && hint.salt == target.range.salt &&
                      hint.position % source_.layout.frame_alignment == 0;
  std::uint32_t begin = hinted ? hint.position : 0;
  while (!full() && result_.next < target.extent.end()) {
    const auto progress = walk(target, begin);
    if (!progress) return progress.error();
    if (full() || result_.next >= target.extent.end()) return {};
    if (begin == 0 && !*progress) {
      if (!still_there(target)) return {};
      const std::lock_guard lock(source_.mutex);
      skip_to(std::min(seen_later_, target.extent.end()), source_.catalog.stream(stream_));
    }
    begin = 0;
  }
  return {};
}

Result<bool> LogReader::walk(const Target& target, std::uint32_t begin) {
  const Offset before = result_.next;
  seen_later_ = kOpenEnd;
  SlotRange range = target.range;
  range.begin = begin;
  FrameWalker walker(source_.file, source_.layout, range, kChunkBytes);
  while (!full() && result_.next < target.extent.end()) {
    const auto step = walker.next();
    if (!step) break;
    if (!step->frame) {
      if (still_there(target)) rot_(source_.layout.at(range.slot, step->position), step->bytes);
      continue;
    }
    const Offset at_step = result_.next;
    for (const RecordsSection& section : step->frame->records) take(section, target);
    if (result_.next > at_step) result_.hint = {range.slot, range.salt, step->position};
  }
  if (!walker.outcome()) return walker.outcome().error();
  return result_.next > before;
}

void LogReader::take(const RecordsSection& section, const Target& target) {
  const Offset end = std::min(section.end(), target.extent.end());
  if (full() || section.stream != target.stream || end <= result_.next) return;
  if (section.first > result_.next) {
    if (section.first < end) seen_later_ = std::min(seen_later_, section.first);
    return;
  }
  const auto skip = static_cast<std::uint32_t>(result_.next - section.first);
  const auto count = static_cast<std::uint32_t>(end - result_.next);
  RunSlice slice = skip == 0 && count == section.count && section.run.size() <= max_bytes_ - bytes_
                       ? RunSlice{Buffer(section.run.begin(), section.run.end()), count}
                       : slice_run(section.run, skip, count, max_bytes_ - bytes_);
  if (slice.count == 0) return;
  bytes_ += slice.records.size();
  result_.sections.push_back({stream_, result_.next, slice.count, std::move(slice.records), section.incarnation});
  result_.next = result_.next + slice.count;
}

void LogReader::skip_to(Offset to, const StreamRecord& stream) {
  std::vector<Skip>& skips = result_.skips;
  for (const Skip& skip : name_missing(stream, result_.next, to)) {
    if (!skips.empty() && skips.back().to == skip.from && skips.back().reason == skip.reason) {
      skips.back().to = skip.to;
    } else {
      skips.push_back(skip);
    }
  }
  result_.next = to;
}

}  // namespace tidegate::store
