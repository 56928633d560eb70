// Whatever the disk holds: frames, runs of records and manifests are refused or understood, never harmful.

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "gateway/base/bytes.hpp"
#include "gateway/base/crc32c.hpp"
#include "gateway/store/format.hpp"
#include "gateway/store/manifest.hpp"
#include "tests/unit/store/frames.hpp"

namespace {

using tidegate::Buffer;
using tidegate::Bytes;
using tidegate::ByteWriter;

void read_run(Bytes run) {
  tidegate::store::RecordReader reader(run);
  tidegate::store::Message message;
  std::uint32_t count = 0;
  while (reader.next(message)) ++count;
  (void)tidegate::store::slice_run(run, count / 2, count, run.size());
}

/// A frame that passes its check, whatever its sections are: the fuzzer cannot guess a check sum.
void read_frame_of(Bytes content) {
  tidegate::store::FrameWriter writer;
  if (content.size() < 2 || content.size() > tidegate::store::kMaxFrameBytes / 2) return;
  const auto kind = static_cast<tidegate::store::SectionKind>(content[0]);
  writer.add(kind, content.subspan(1));
  const Buffer bytes = writer.make({}, 1, 512);
  const auto frame = tidegate::store::decode_frame(bytes, {});
  if (!frame) return;
  for (const tidegate::store::RecordsSection& section : frame->records) read_run(section.run);
}

/// A compressed frame that passes its check, whatever was packed.
void read_packed_frame_of(Bytes content) {
  constexpr std::size_t kPage = 512;
  if (content.size() < 4 || content.size() > kPage - tidegate::store::kFrameHeaderBytes) return;
  tidegate::store::Compressor compressor;
  tidegate::store::FrameWriter writer;
  const Buffer zeros(2 * kPage);
  writer.add(tidegate::store::SectionKind::kSnapshot, zeros);
  Buffer bytes = writer.make({}, 1, kPage, &compressor);
  std::copy(content.begin(), content.end(), bytes.begin() + tidegate::store::kFrameHeaderBytes);
  tidegate::store::test::put_u32(bytes, 8, static_cast<std::uint32_t>(content.size()));
  bytes = tidegate::store::test::sealed(std::move(bytes), {});
  if (const auto frame = tidegate::store::decode_frame(bytes, {}))
    for (const tidegate::store::RecordsSection& section : frame->records) read_run(section.run);
}

void read_manifest_of(Bytes body) {
  Buffer bytes = tidegate::store::encode_manifest({});
  bytes.resize(tidegate::store::kManifestHeaderBytes - 4);
  Buffer length;
  ByteWriter(length).u32(static_cast<std::uint32_t>(body.size()));
  std::copy(length.begin(), length.end(), bytes.begin() + 12);
  ByteWriter out(bytes);
  out.u32(tidegate::crc32c(body, tidegate::crc32c(Bytes(bytes))));
  out.raw(body);
  (void)tidegate::store::decode_manifest(bytes);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes bytes = std::as_bytes(std::span(data, size));
  read_run(bytes);
  read_frame_of(bytes);
  read_packed_frame_of(bytes);
  read_manifest_of(bytes);
  (void)tidegate::store::decode_frame(bytes, {});
  (void)tidegate::store::salt_of_frame(bytes, 0);
  (void)tidegate::store::decode_manifest(bytes);
  return 0;
}
