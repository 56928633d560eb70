#include "tests/blockdev/write_log.hpp"

#include <algorithm>
#include <optional>

namespace tidegate::blockdev {

namespace {

constexpr std::size_t kSectorBytes = 512;
constexpr std::uint64_t kMagic = 0x6a736677736872;
constexpr std::uint64_t kVersion = 1;
constexpr std::uint64_t kFlush = 1;

/// Entries up to the last flush; nothing if this is no superblock. QEMU writes it with the first flush.
std::optional<std::uint64_t> counted_entries(Bytes sector) {
  ByteReader in(sector);
  const std::uint64_t magic = in.u64();
  const std::uint64_t version = in.u64();
  const std::uint64_t entries = in.u64();
  const std::uint32_t sector_bytes = in.u32();
  if (magic == 0 && version == 0 && entries == 0 && sector_bytes == 0) return 0;
  if (magic != kMagic || version != kVersion || sector_bytes != kSectorBytes) return std::nullopt;
  return entries;
}

/// A sector, then what was written; nothing if that is not all there. A hole, where QEMU was about to write, reads as
/// zeros.
std::optional<Event> take_entry(ByteReader& in) {
  ByteReader head(in.raw(kSectorBytes));
  const std::uint64_t sector = head.u64();
  const std::uint64_t sectors = head.u64();
  const std::uint64_t flags = head.u64();
  if (flags == kFlush) return flush_event();
  if (flags != 0 || sectors == 0 || sectors > in.rest().size() / kSectorBytes) return std::nullopt;
  return write_event(sector * kSectorBytes, in.raw(static_cast<std::size_t>(sectors) * kSectorBytes));
}

}  // namespace

Result<Record> parse_write_log(Bytes log) {
  ByteReader in(log);
  const auto counted = counted_entries(in.raw(std::min(kSectorBytes, log.size())));
  if (!counted) return Error{ErrorKind::kCorrupt, "this is no log of blklogwrites with sectors of 512 bytes"};
  Buffer events;
  for (std::uint64_t number = 0; number < *counted || !in.at_end(); ++number) {
    const std::optional<Event> event = take_entry(in);
    if (!event && number >= *counted) break;
    if (!event)
      return Error{ErrorKind::kCorrupt, "entry " + std::to_string(number) + " of " + std::to_string(*counted) +
                                            " is not a whole write or flush"};
    const bool unanswered = event->kind == EventKind::kFlush && number >= *counted;
    if (!unanswered) encode(*event, events);
  }
  return Record::parse(std::move(events));
}

Result<Record> load_write_log(const std::string& path) {
  auto bytes = read_whole(path);
  if (!bytes) return bytes.error();
  return parse_write_log(*bytes);
}

}  // namespace tidegate::blockdev
