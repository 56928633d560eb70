#pragma once

#include <algorithm>

#include "gateway/base/crc32c.hpp"
#include "gateway/store/format.hpp"

namespace tidegate::store::test {

/// A frame of one section: so many records, which `run` holds and must outlive it.
inline FrameWriter frame_of(const Buffer& run, std::uint32_t count) {
  FrameWriter writer;
  writer.add(RecordsSection{
      .stream = {3}, .incarnation = {}, .first = Offset{1000}, .count = count, .run = run, .relocated = false});
  return writer;
}

/// Writes a number of four bytes over what is at `at`.
inline void put_u32(Buffer& bytes, std::size_t at, std::uint32_t value) {
  Buffer number;
  ByteWriter(number).u32(value);
  std::copy(number.begin(), number.end(), bytes.begin() + static_cast<std::ptrdiff_t>(at));
}

/// The frame with a check sum that fits what was changed in it.
inline Buffer sealed(Buffer frame, FramePlace place) {
  constexpr std::size_t kStoredBytesAt = 8;
  constexpr std::size_t kCrcAt = kFrameHeaderBytes - 4;
  Buffer seed;
  ByteWriter(seed).u64(place.salt);
  ByteWriter(seed).u64(place.file_position);
  const std::uint32_t stored_bytes = ByteReader(Bytes(frame).subspan(kStoredBytesAt)).u32();
  const Bytes body = Bytes(frame).subspan(kFrameHeaderBytes, stored_bytes);
  put_u32(frame, kCrcAt, crc32c(body, crc32c(Bytes(frame).first(kCrcAt), crc32c(seed))));
  return frame;
}

}  // namespace tidegate::store::test
