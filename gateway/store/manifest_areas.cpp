#include "gateway/store/manifest_areas.hpp"

#include <algorithm>

#include "gateway/base/assert.hpp"

namespace tidegate::store {

namespace {

constexpr std::uint32_t kFirstRead = 16 << 10;  // most manifests whole

Result<Buffer> read_bytes(File& file, std::uint64_t at, std::size_t size) {
  Buffer bytes(size);
  const auto got = file.read_at(at, bytes);
  if (!got) return got.error();
  bytes.resize(*got);
  return bytes;
}

}  // namespace

Result<Manifest> read_manifest(File& file, std::uint32_t area, std::uint32_t copy) {
  const std::uint64_t at = manifest_at(area, copy);
  auto bytes = read_bytes(file, at, kFirstRead);
  if (!bytes) return bytes.error();
  const auto total = manifest_bytes(*bytes);
  if (total && *total > bytes->size()) bytes = read_bytes(file, at, *total);
  if (!bytes) return bytes.error();
  const auto written = [](std::byte byte) { return byte != std::byte{0}; };
  if (std::none_of(bytes->begin(), bytes->end(), written)) return Error{ErrorKind::kNotFound, "never written"};
  return decode_manifest(*bytes);
}

namespace {

// Of two with one sequence the earlier format counts: a change of the format was cut off.
bool is_newer(const Manifest& one, const Manifest& other) {
  return one.sequence > other.sequence || (one.sequence == other.sequence && one.format < other.format);
}

}  // namespace

// The copies may differ: a flush that failed, or the power that went, left one of an area's two. Whichever is newer is
// the area's, and no sequence is given a second time to something else.
Result<Manifest> ManifestAreas::load_area(File& file, std::uint32_t area) {
  Result<Manifest> newest = Error{ErrorKind::kNotFound, ""};
  bool first_is_well = false;
  for (std::uint32_t copy = 0; copy < kManifestCopies; ++copy) {
    auto found = read_manifest(file, area, copy);
    if (!found && can_retry(found.error().kind)) found = read_manifest(file, area, copy);
    if (!found && can_retry(found.error().kind)) return found;  // it may be the newest: an older one would lose records
    if (copy == 0) first_is_well = found.ok();
    if (found && !first_is_well) half_rotten_.push_back(area);
    if (copy == 0 || (found && (!newest.ok() || is_newer(*found, *newest)))) newest = std::move(found);
  }
  return newest;
}

Result<Manifest> ManifestAreas::load(File& file) {
  half_rotten_.clear();
  Result<Manifest> best = Error{ErrorKind::kCorrupt, "no manifest"};
  for (std::uint32_t i = 0; i < kManifestAreas; ++i) {
    auto found = load_area(file, i);
    if (!found && can_retry(found.error().kind)) return found;
    if (!found) continue;
    areas_[i].sequence = found->sequence;
    if (!best.ok() || found->sequence > best->sequence) best = std::move(found);
  }
  if (!best.ok()) return best;
  if (best->format > kNewestFormat) return later_format(best->format);
  newest_ = loaded_ = best->sequence;
  confirmed_ = best->confirmed;
  return best;
}

Result<std::uint64_t> ManifestAreas::write(File& file, Manifest manifest) {
  const std::uint32_t area = choose();
  manifest.sequence = ++newest_;
  manifest.confirmed = confirmed_;
  pending_ = area;
  areas_[area].sequence = 0;
  return put(file, area, manifest);
}

Result<void> ManifestAreas::rewrite(File& file, Manifest manifest) {
  std::array<std::uint32_t, kManifestAreas> order{0, 1, 2};
  std::sort(order.begin(), order.end(),
            [this](std::uint32_t a, std::uint32_t b) { return areas_[a].sequence < areas_[b].sequence; });
  manifest.confirmed = confirmed_;
  for (const std::uint32_t area : order) {
    manifest.sequence = areas_[area].sequence;
    if (auto written = put(file, area, manifest); !written) return written.error();
    if (auto flushed = file.sync_data(); !flushed) return flushed;
  }
  return {};
}

Result<std::uint64_t> ManifestAreas::put(File& file, std::uint32_t area, const Manifest& manifest) {
  Buffer bytes = encode_manifest(manifest);
  bytes.resize(static_cast<std::size_t>(round_up(bytes.size(), manifest.frame_alignment)));
  if (bytes.size() > kManifestAreaBytes) return Error{ErrorKind::kTooLarge, "the manifest outgrew its area"};
  const std::uint32_t copies = copies_of_manifest(bytes.size());
  for (std::uint32_t copy = 0; copy < copies; ++copy)
    if (auto written = file.write_at(manifest_at(area, copy), bytes); !written) return written.error();
  return bytes.size() * copies;
}

// Kept are the newest one known to be durable and the one that was loaded, which may be newer but may also exist in the
// page cache alone: a flush that failed before the program was started again leaves such a ghost.
std::uint32_t ManifestAreas::choose() const {
  std::uint32_t chosen = kManifestAreas;
  for (std::uint32_t i = 0; i < kManifestAreas; ++i) {
    const std::uint64_t sequence = areas_[i].sequence;
    if (sequence != 0 && (sequence == confirmed_ || sequence == loaded_)) continue;
    if (chosen == kManifestAreas || chosen == failed_ || (i != failed_ && sequence < areas_[chosen].sequence))
      chosen = i;
  }
  TIDEGATE_ASSERT(chosen < kManifestAreas, "of three areas two are kept at most");
  return chosen;
}

void ManifestAreas::flushed(bool ok) {
  if (!pending_) return;
  if (ok) {
    areas_[*pending_].sequence = confirmed_ = newest_;
    loaded_ = 0;
    failed_.reset();
  } else {
    failed_ = pending_;
  }
  pending_.reset();
}

}  // namespace tidegate::store
