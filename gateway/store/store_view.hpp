#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "gateway/base/disk.hpp"
#include "gateway/store/catalog.hpp"
#include "gateway/store/log.hpp"
#include "gateway/store/pool.hpp"
#include "gateway/store/pool_contents.hpp"

namespace tidegate::store {

/// A store as somebody sees it who may not change it, whether or not a gateway runs on it: the newest manifest, and
/// what was written behind it. It shows one moment, that of open(). Nothing is locked, created, written or flushed: the
/// disk is used through a ReadOnlyDisk.
///
/// One thread. A gateway that runs goes on meanwhile: it may use a slot of this view again once nothing in it is owed
/// or it was copied elsewhere, and is_reused() tells. Everything else that is seen here stays as it is.
class StoreView {
 public:
  /// `directory` holds the pool. kNotFound: it does not. kCorrupt: there is a pool and no manifest. kUnsupported:
  /// it is of a later format.
  static Result<std::unique_ptr<StoreView>> open(const std::string& directory, Disk& disk);

  [[nodiscard]] const Manifest& manifest() const { return catalog_.manifest(); }
  [[nodiscard]] const Catalog& catalog() const { return catalog_; }
  [[nodiscard]] const Layout& layout() const { return layout_; }
  [[nodiscard]] File& file() const { return *file_; }
  /// What the manifest says of slots that the pool does not have.
  [[nodiscard]] const std::vector<PoolContents::Missing>& missing() const { return missing_; }

  [[nodiscard]] std::optional<StreamIndex> find(const std::string& stream) const;

  /// As Log::read(): what lies in a slot that was used again meanwhile counts as corrupt here.
  Result<ReadResult> read(StreamIndex stream, Offset from, std::size_t max_bytes);

  /// Whether a gateway has begun to use the slot again since this view was opened.
  [[nodiscard]] Result<bool> is_reused(std::uint32_t slot) const;

 private:
  StoreView(std::unique_ptr<File> file, PoolContents contents);

  std::unique_ptr<File> file_;
  Catalog catalog_;
  std::vector<PoolContents::Missing> missing_;
  Layout layout_;
  std::mutex mutex_;  // nobody changes the catalog; a LogReader wants one
  ReadHint hint_;
};

/// Slots that hold records, and the one that is written to if any is.
std::vector<std::uint32_t> slots_in_use(const Manifest& manifest);

}  // namespace tidegate::store
