#include "gateway/store/store_view.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "gateway/base/read_only_disk.hpp"
#include "gateway/store/log_reader.hpp"

namespace tidegate::store {

namespace {

constexpr int kTriesToOpen = 20;

Result<bool> is_still_there(File& file, std::uint64_t position, Bytes bytes) {
  Buffer now(bytes.size());
  const auto got = file.read_at(position, now);
  if (!got) return got.error();
  return std::equal(now.begin(), now.end(), bytes.begin(), bytes.end());
}

}  // namespace

// The tail is read while it may be written. A frame that was read before it was complete shows as a hole once a later
// one is seen, and is complete by then, because a gateway writes one frame after another. So a hole that looks
// otherwise at the second look was none, and the tail is read again.
Result<std::unique_ptr<StoreView>> StoreView::open(const std::string& directory, Disk& disk) {
  auto file = ReadOnlyDisk(disk).open(directory + "/pool", OpenMode::kRead);
  if (!file) return file.error();
  for (int tries = 1;; ++tries) {
    auto contents = read_contents(**file);
    if (!contents) return contents.error();
    bool is_moving = false;
    const RotListener look_again = [&](std::uint64_t position, Bytes bytes) {
      const auto same = is_still_there(**file, position, bytes);
      is_moving = is_moving || !same || !*same;
    };
    const auto last = read_tail(**file, contents->catalog, look_again);
    if (!last) return last.error();
    if (!is_moving || tries == kTriesToOpen)
      return std::unique_ptr<StoreView>(new StoreView(std::move(*file), std::move(*contents)));
  }
}

StoreView::StoreView(std::unique_ptr<File> file, PoolContents contents)
    : file_(std::move(file)),
      catalog_(std::move(contents.catalog)),
      missing_(std::move(contents.missing)),
      layout_{catalog_.manifest().slot_bytes, catalog_.manifest().frame_alignment} {
  catalog_.configure_as_stored();
}

std::optional<StreamIndex> StoreView::find(const std::string& stream) const {
  const auto& streams = manifest().streams;
  const auto at = std::find_if(streams.begin(), streams.end(), [&](const auto& one) { return one.name == stream; });
  if (at == streams.end()) return std::nullopt;
  return StreamIndex{static_cast<std::uint16_t>(at - streams.begin())};
}

Result<ReadResult> StoreView::read(StreamIndex stream, Offset from, std::size_t max_bytes) {
  const LogSource source{catalog_, mutex_, *file_, layout_};
  auto result = LogReader(
                    source, [](std::uint64_t, Bytes) {}, stream, max_bytes)
                    .run(from, hint_);
  if (result) hint_ = result->hint;
  return result;
}

// A slot is used again from its beginning, by a frame of a later commit than any in this view.
Result<bool> StoreView::is_reused(std::uint32_t slot) const {
  std::array<std::byte, kFrameHeaderBytes> header{};
  const auto got = file_->read_at(layout_.at(slot, 0), header);
  if (!got) return got.error();
  const auto commit = frame_commit(header);
  return commit && *commit >= manifest().tail.next_commit;
}

std::vector<std::uint32_t> slots_in_use(const Manifest& manifest) {
  std::set<std::uint32_t> slots;
  for (const StreamRecord& stream : manifest.streams)
    for (const auto& [first, extent] : stream.extents) slots.insert(extent.slot);
  if (manifest.tail.position < manifest.slot_bytes) slots.insert(manifest.tail.slot);
  return {slots.begin(), slots.end()};
}

}  // namespace tidegate::store
