#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "gateway/base/ids.hpp"

namespace tidegate::store {

/// Consecutive records of one stream that lie in one slot, in frames of any order.
struct Extent {
  Offset first;
  std::uint64_t count = 0;
  std::uint64_t bytes = 0;  ///< Of the encoded records; exact when written, shared out evenly when an extent is cut.
  std::uint32_t slot = 0;

  [[nodiscard]] Offset end() const { return first + count; }
  auto operator<=>(const Extent&) const = default;
};

/// The part of `extent` in [from, to).
Extent cut(const Extent& extent, Offset from, Offset to);

/// Where the records of one stream lie. Extents never overlap; neighbours in one slot are one extent, so that there are
/// a few for each slot, however many frames it holds.
class ExtentMap {
 public:
  using Map = std::map<Offset, Extent>;

  /// Records lie here from now on, wherever they lay before.
  void put(const Extent& extent);
  void erase(Offset from, Offset to);
  void erase_slot(std::uint32_t slot);

  /// The extent that holds `offset`, or else the first one past it.
  [[nodiscard]] std::optional<Extent> at_or_after(Offset offset) const;
  /// Bytes at or past `offset`.
  [[nodiscard]] std::uint64_t bytes_from(Offset offset) const;
  /// The lowest offset from which on at most `bytes` lie.
  [[nodiscard]] Offset keep_newest(std::uint64_t bytes, Offset end) const;

  [[nodiscard]] bool empty() const { return extents_.empty(); }
  [[nodiscard]] std::size_t size() const { return extents_.size(); }
  [[nodiscard]] Map::const_iterator begin() const { return extents_.begin(); }
  [[nodiscard]] Map::const_iterator end() const { return extents_.end(); }

 private:
  void join_with_next(Map::iterator at);

  Map extents_;
};

}  // namespace tidegate::store
