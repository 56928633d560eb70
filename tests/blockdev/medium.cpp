#include "tests/blockdev/medium.hpp"

#include <algorithm>

namespace tidegate::blockdev {

namespace {

using simulation::SeededRandom;

constexpr std::size_t kSectorBytes = 512;
constexpr std::size_t kPageBytes = 4096;

void store(std::span<std::byte> image, const Event& write, std::size_t from, std::size_t size) {
  const Bytes data = write.data.subspan(from, std::min(size, write.data.size() - from));
  std::copy(data.begin(), data.end(), image.begin() + static_cast<std::ptrdiff_t>(write.position + from));
}

void store(std::span<std::byte> image, const Event& write) { store(image, write, 0, write.data.size()); }

bool overlaps(const Event& write, std::uint64_t page_at) {
  return write.position < page_at + kPageBytes && page_at < write.position + write.data.size();
}

/// Magic and type of block, big-endian (the kernel's filesystems/ext4/journal.rst).
bool is_journal_superblock(Bytes block) {
  constexpr std::array<std::uint8_t, 7> kBegin{0xC0, 0x3B, 0x39, 0x98, 0, 0, 0};
  const auto type = std::to_integer<int>(block[kBegin.size()]);
  return std::equal(kBegin.begin(), kBegin.end(), block.begin(),
                    [](std::uint8_t a, std::byte b) { return std::byte{a} == b; }) &&
         (type == 3 || type == 4);
}

/// Where an ext4 with blocks of 4 KiB has its first inodes, the journal's among them: bg_inode_table_lo of the first
/// group (filesystems/ext4/group_descr.rst).
std::uint64_t first_inodes(Bytes content) {
  constexpr std::size_t kInodeTable = 8;
  return ByteReader(content.subspan(kPageBytes + kInodeTable, 4)).u32() * std::uint64_t{kPageBytes};
}

std::uint64_t draw_kept_percent(Damage damage, SeededRandom& random) {
  if (damage == Damage::kNone) return 0;
  return damage == Damage::kPrefix ? 100 : 10 * random.between(0, 9);
}

void tear(std::span<std::byte> image, const Event& write, SeededRandom& random) {
  const std::size_t sectors = (write.data.size() + kSectorBytes - 1) / kSectorBytes;
  const bool in_order = random.once_in(2);
  const std::size_t end = random.below(sectors + 1);
  for (std::size_t sector = 0; sector < sectors; ++sector)
    if (in_order ? sector < end : random.once_in(2)) store(image, write, sector * kSectorBytes, kSectorBytes);
}

void destroy(std::span<std::byte> image, const Event& write, SeededRandom& random) {
  const std::size_t first = write.position / kPageBytes;
  const std::size_t last = (write.position + write.data.size() - 1) / kPageBytes;
  random.fill(image.subspan(random.between(first, last) * kPageBytes, kPageBytes));
}

}  // namespace

std::string_view to_string(Damage damage) {
  switch (damage) {
    case Damage::kNone: return "none";
    case Damage::kPrefix: return "prefix";
    case Damage::kSubset: return "subset";
    case Damage::kTorn: return "torn";
    case Damage::kDestroyed: return "destroyed page";
  }
  return "";
}

Medium::Medium(Buffer content, const Record& record, Lie lie)
    : events_(record.events()), lie_(lie), content_(std::move(content)), inodes_at_(first_inodes(content_)) {}

void Medium::advance(std::size_t place) {
  for (; place_ < place; ++place_) play(events_[place_]);
  std::size_t flushes = lie_ == Lie::kAcknowledgements ? 2 : 0;
  heard_ = std::max(heard_, place_);
  for (std::size_t ahead = place_; flushes > 0 && ahead < events_.size(); ++ahead) {
    if (events_[ahead].kind == EventKind::kFlush) --flushes;
    if (ahead >= heard_) acknowledge(events_[ahead]), heard_ = ahead + 1;
  }
}

void Medium::play(const Event& event) {
  switch (event.kind) {
    case EventKind::kWrite: return unflushed_.push_back(&event);
    case EventKind::kFlush:
      if (lie_ == Lie::kFlushes) return;
      for (const Event* write : unflushed_) store(content_, *write);
      return unflushed_.clear();
    case EventKind::kAcknowledged:
      if (place_ >= heard_) acknowledge(event);
      return;
    case EventKind::kMark: phase_ = as_text(event.data); return;
  }
}

void Medium::acknowledge(const Event& event) {
  if (event.kind != EventKind::kAcknowledged) return;
  const auto [client, number] = event.message;
  acknowledged_.resize(std::max<std::size_t>(acknowledged_.size(), client + 1));
  acknowledged_[client] = number + 1;
}

void Medium::crash(Damage damage, SeededRandom& random, std::span<std::byte> image) const {
  std::copy(content_.begin(), content_.end(), image.begin());
  const std::uint64_t kept_percent = draw_kept_percent(damage, random);
  const Event* const victim = draw_victim(random);
  for (const Event* write : unflushed_) {
    if (write == victim && damage == Damage::kTorn)
      tear(image, *write, random);
    else if (random.below(100) < kept_percent)
      store(image, *write);
  }
  if (victim != nullptr && damage == Damage::kDestroyed) destroy(image, *victim, random);
}

const Event* Medium::draw_victim(SeededRandom& random) const {
  std::vector<const Event*> breakable;
  std::copy_if(unflushed_.begin(), unflushed_.end(), std::back_inserter(breakable),
               [this](const Event* write) { return !is_read_before_replay(*write); });
  return breakable.empty() ? nullptr : breakable[random.below(breakable.size())];
}

bool Medium::is_read_before_replay(const Event& write) const {
  for (const std::uint64_t page_at : {std::uint64_t{0}, std::uint64_t{kPageBytes}, inodes_at_})
    if (overlaps(write, page_at)) return true;
  for (Bytes rest = write.data; rest.size() >= kPageBytes; rest = rest.subspan(kPageBytes))
    if (is_journal_superblock(rest)) return true;
  return false;
}

Places::Places(const Record& record) : events_(record.events()), stretches_(1) {
  for (std::size_t place = 0; place < events_.size(); ++place) {
    if (events_[place].kind == EventKind::kMark) stretches_.push_back({.begin = place, .end = place, .writes = {}});
    if (events_[place].kind == EventKind::kWrite) stretches_.back().writes.push_back(place);
    stretches_.back().end = place + 1;
  }
}

std::size_t Places::draw(SeededRandom& random) const {
  const Stretch& stretch = stretches_[random.below(stretches_.size())];
  if (stretch.writes.empty() || random.once_in(4)) return random.between(stretch.begin, stretch.end);
  const std::size_t write = stretch.writes[random.below(stretch.writes.size())];
  const auto flush = std::find_if(events_.begin() + static_cast<std::ptrdiff_t>(write), events_.end(),
                                  [](const Event& event) { return event.kind == EventKind::kFlush; });
  return random.between(write + 1, static_cast<std::size_t>(flush - events_.begin()));
}

}  // namespace tidegate::blockdev
