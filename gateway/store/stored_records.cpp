#include "gateway/store/stored_records.hpp"

#include <algorithm>
#include <utility>

namespace tidegate::store {

namespace {

constexpr std::size_t kReadBytes = 64 << 10;

// An incarnation that the store has forgotten, because all of it is delivered, is still named by the frame.
Incarnation name_of(const StreamRecord& stream, Offset offset, const Incarnation& written_as) {
  const bool is_known = !stream.incarnations.empty() && stream.incarnations.front().first <= offset;
  return is_known ? incarnation_at(stream, offset) : written_as;
}

// Up to `end`.
Result<void> tell(const Section& section, const StreamRecord& stream, Offset end, const RecordListener& listener) {
  RecordReader reader(section.records);
  StoredRecord stored;
  for (std::uint32_t i = 0; i < section.count && section.first + i < end; ++i) {
    if (!reader.next(stored.record.message))
      return Error{ErrorKind::kCorrupt, "a run of records ends before its last record"};
    stored.record.offset = section.first + i;
    stored.record.boot = reader.boot();
    stored.incarnation = name_of(stream, stored.record.offset, section.written_as);
    listener.on_record(stored);
  }
  return {};
}

// Where the records end that cannot be read for no other reason than that their slot was used again.
Result<Offset> end_of_what_stayed(const StoreView& view, const StreamRecord& stream, const ReadResult& read) {
  for (const Skip& skip : read.skips) {
    if (skip.reason != SkipReason::kCorrupt) continue;
    for (auto extent = stream.extents.at_or_after(skip.from); extent && extent->first < skip.to;
         extent = stream.extents.at_or_after(extent->end())) {
      const auto reused = view.is_reused(extent->slot);
      if (!reused) return reused.error();
      if (*reused) return std::max(extent->first, skip.from);
    }
  }
  return read.next;
}

// Everything of `read` before `stop`.
Result<void> tell(const ReadResult& read, const StreamRecord& stream, Offset stop, const RecordListener& listener) {
  for (const Section& section : read.sections)
    if (auto told = tell(section, stream, stop, listener); !told) return told;
  for (const Skip& skip : read.skips)
    if (skip.reason == SkipReason::kCorrupt && skip.from < stop) listener.on_rotten(skip.from, std::min(skip.to, stop));
  return {};
}

// From `next` on, as far as this view goes.
Result<Offset> tell_view(StoreView& view, StreamIndex index, Offset next, Offset end, const RecordListener& listener) {
  const StreamRecord& stream = view.catalog().stream(index);
  while (next < end) {
    const auto read = view.read(index, next, kReadBytes);
    if (!read) return read.error();
    if (read->next == next) return Error{ErrorKind::kCorrupt, "another store has taken the place of this one"};
    const auto stayed = end_of_what_stayed(view, stream, *read);
    if (!stayed) return stayed.error();
    if (auto told = tell(*read, stream, std::min(*stayed, end), listener); !told) return told.error();
    next = *stayed;
    if (*stayed < read->next) break;
  }
  return next;
}

}  // namespace

Result<void> each_record(const std::string& directory, Disk& disk, const std::string& name, bool all,
                         const RecordListener& listener) {
  std::optional<Offset> next;
  Offset end;
  do {
    const auto view = StoreView::open(directory, disk);
    if (!view) return view.error();
    const auto index = (*view)->find(name);
    if (!index) return Error{ErrorKind::kNotFound, "the store has no stream " + name};
    const StreamRecord& stream = (*view)->catalog().stream(*index);
    if (!next) {
      next = all ? Offset{0} : owed_from(stream);
      end = stream.next;
    }
    const auto read_to = tell_view(**view, *index, *next, end, listener);
    if (!read_to) return read_to.error();
    next = *read_to;
  } while (*next < end);
  return {};
}

}  // namespace tidegate::store
