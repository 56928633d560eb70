#include "gateway/store/extents.hpp"

#include <algorithm>
#include <iterator>

namespace tidegate::store {

void ExtentMap::put(const Extent& extent) {
  if (extent.count == 0) return;
  erase(extent.first, extent.end());
  const auto at = extents_.emplace(extent.first, extent).first;
  join_with_next(at);
  if (at != extents_.begin()) join_with_next(std::prev(at));
}

void ExtentMap::join_with_next(Map::iterator at) {
  const auto next = std::next(at);
  if (next == extents_.end()) return;
  Extent& extent = at->second;
  if (extent.end() != next->second.first || extent.slot != next->second.slot) return;
  extent.count += next->second.count;
  extent.bytes += next->second.bytes;
  extents_.erase(next);
}

void ExtentMap::erase(Offset from, Offset to) {
  if (from >= to) return;
  auto at = extents_.lower_bound(from);
  if (at != extents_.begin() && std::prev(at)->second.end() > from) --at;
  while (at != extents_.end() && at->second.first < to) {
    const Extent old = at->second;
    at = extents_.erase(at);
    if (old.first < from) extents_.emplace(old.first, cut(old, old.first, from));
    if (old.end() > to) at = extents_.emplace(to, cut(old, to, old.end())).first;
  }
}

void ExtentMap::erase_slot(std::uint32_t slot) {
  std::erase_if(extents_, [slot](const auto& entry) { return entry.second.slot == slot; });
}

std::optional<Extent> ExtentMap::at_or_after(Offset offset) const {
  auto at = extents_.upper_bound(offset);
  if (at != extents_.begin() && std::prev(at)->second.end() > offset) --at;
  if (at == extents_.end()) return std::nullopt;
  return at->second;
}

std::uint64_t ExtentMap::bytes_from(Offset offset) const {
  auto at = extents_.upper_bound(offset);
  if (at != extents_.begin()) --at;
  std::uint64_t bytes = 0;
  for (; at != extents_.end(); ++at) {
    const Extent& extent = at->second;
    if (extent.end() > offset) bytes += cut(extent, std::max(extent.first, offset), extent.end()).bytes;
  }
  return bytes;
}

Offset ExtentMap::keep_newest(std::uint64_t bytes, Offset end) const {
  Offset from = end;
  for (auto at = extents_.rbegin(); at != extents_.rend(); ++at) {
    const Extent& extent = at->second;
    if (extent.bytes > bytes) return Offset{extent.end().value - extent.count * bytes / extent.bytes};
    bytes -= extent.bytes;
    from = extent.first;
  }
  return from;
}

Extent cut(const Extent& extent, Offset from, Offset to) {
  const std::uint64_t count = to - from;
  if (count == extent.count) return extent;
  return {from, count, extent.bytes * count / extent.count, extent.slot};
}

}  // namespace tidegate::store
