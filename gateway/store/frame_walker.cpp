#include "gateway/store/frame_walker.hpp"

#include <algorithm>
#include <array>

namespace tidegate::store {

FrameWalker::FrameWalker(File& file, Layout layout, SlotRange range, std::uint32_t chunk_bytes)
    : file_(file), layout_(layout), range_(range), chunk_bytes_(chunk_bytes), position_(range.begin) {
  range_.end = std::min(range_.end, layout_.slot_bytes);
}

std::optional<Step> FrameWalker::next() {
  const std::uint32_t from = position_;
  std::optional<Frame> frame;
  while (outcome_ && position_ < range_.end && !(frame = frame_at(position_))) position_ += layout_.frame_alignment;
  if (from >= range_.end || !outcome_) return std::nullopt;
  if (position_ > from) {
    const std::uint32_t length = std::min(position_, range_.end) - from;
    return Step{from, length, std::nullopt, fetch(from, std::min(length, kMaxFrameBytes))};
  }
  const auto length = static_cast<std::uint32_t>(round_up(frame->bytes, layout_.frame_alignment));
  position_ += length;
  return Step{from, length, std::move(frame), {}};
}

std::optional<Frame> FrameWalker::frame_at(std::uint32_t position) {
  const std::uint32_t left = range_.end - position;
  if (left < kFrameHeaderBytes) return std::nullopt;
  const auto bytes = frame_bytes(fetch(position, kFrameHeaderBytes));
  if (!bytes || *bytes > left) return std::nullopt;
  return decode_frame(fetch(position, *bytes), {range_.salt, layout_.at(range_.slot, position)});
}

Bytes FrameWalker::fetch(std::uint32_t position, std::uint32_t length) {
  const bool inside = position >= chunk_at_ && std::uint64_t{position} + length <= chunk_at_ + chunk_.size();
  if (!inside) {
    chunk_at_ = position;
    chunk_.resize(std::min(std::max(length, chunk_bytes_), range_.end - position));
    read(position, chunk_);
  }
  return Bytes(chunk_).subspan(position - chunk_at_, length);
}

// One read. Only when it fails, page by page, twice each, so that one bad sector does not hide its neighbours.
void FrameWalker::read(std::uint32_t position, std::span<std::byte> out) {
  std::fill(out.begin(), out.end(), std::byte{0});
  if (file_.read_at(layout_.at(range_.slot, position), out)) return;
  for (std::size_t at = 0; at < out.size() && outcome_; at += layout_.frame_alignment) {
    const auto page = out.subspan(at, std::min<std::size_t>(layout_.frame_alignment, out.size() - at));
    const auto place = layout_.at(range_.slot, position) + at;
    if (file_.read_at(place, page) || file_.read_at(place, page)) continue;
    std::fill(page.begin(), page.end(), std::byte{0});
    outcome_ = probe();
  }
}

// A disk that is away must not pass for one that has lost these records: they would be given up.
Result<void> FrameWalker::probe() {
  std::array<std::byte, kManifestHeaderBytes> header{};
  const auto answer = file_.read_at(0, header);
  if (!answer) return answer.error();
  return {};
}

}  // namespace tidegate::store
