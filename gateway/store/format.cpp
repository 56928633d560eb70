#include "gateway/store/format.hpp"

#include <algorithm>

#include "gateway/base/crc32c.hpp"

namespace tidegate::store {

namespace {

constexpr std::uint32_t kFrameMagic = 0x31464754;  // "TGF1"
constexpr std::size_t kCrcAt = kFrameHeaderBytes - 4;
constexpr std::uint64_t kOpenLane = 0;

// The salt is not in the frame: whoever does not know it from the manifest cannot take a frame of an earlier use of the
// slot for a fresh one. The file position makes a misdirected write fail likewise.
std::uint32_t frame_crc(FramePlace place, Bytes header, Bytes body) {
  Buffer seed;
  ByteWriter out(seed);
  out.u64(place.salt);
  out.u64(place.file_position);
  return crc32c(body, crc32c(header.first(kCrcAt), crc32c(seed)));
}

struct Header {
  std::uint8_t format = 0;
  std::uint32_t header_bytes = 0;
  Compression compression = Compression::kNone;
  std::uint32_t stored_bytes = 0;
  std::uint32_t raw_bytes = 0;
  std::uint64_t commit = 0;
  std::uint16_t sections = 0;
  std::uint32_t crc = 0;
};

// What a later format says of its body is not known. Elsewhere a wrong length must not make a reader take much memory.
bool body_is_sane(const Header& header) {
  if (header.format > kNewestFormat) return true;
  if (header.compression == Compression::kNone) return header.stored_bytes == header.raw_bytes;
  return header.compression == Compression::kZstd && header.format >= kCompressingFormat &&
         header.raw_bytes <= kMaxFrameBytes - header.header_bytes;
}

std::optional<Header> decode_header(Bytes at) {
  ByteReader in(at);
  if (in.u32() != kFrameMagic) return std::nullopt;
  Header header;
  header.format = in.u8();
  header.header_bytes = in.u8();
  header.compression = static_cast<Compression>(in.u8());
  in.u8();  // flags: none yet
  header.stored_bytes = in.u32();
  header.raw_bytes = in.u32();
  header.commit = in.u64();
  header.sections = in.u16();
  in.raw(kCrcAt - 26);
  header.crc = in.u32();
  const bool sane = in.ok() && header.format >= kFirstFormat && header.header_bytes == kFrameHeaderBytes &&
                    header.stored_bytes <= kMaxFrameBytes - header.header_bytes && body_is_sane(header);
  return sane ? std::optional(header) : std::nullopt;
}

Incarnation read_incarnation(ByteReader& in) {
  Incarnation incarnation;
  const Bytes bytes = in.raw(incarnation.bytes.size());
  std::copy(bytes.begin(), bytes.end(), incarnation.bytes.begin());
  return incarnation;
}

StreamId read_stream(ByteReader& in) { return {static_cast<std::uint16_t>(in.varint())}; }

bool decode_records(ByteReader in, bool relocated, Frame& frame) {
  RecordsSection section;
  section.relocated = relocated;
  section.stream = read_stream(in);
  section.incarnation = read_incarnation(in);
  section.first = {in.varint()};
  const std::uint64_t count = in.varint();
  section.count = static_cast<std::uint32_t>(count);
  section.run = in.rest();
  frame.records.push_back(section);
  return in.ok() && count > 0 && count <= kMaxFrameBytes && section.first.value < UINT64_MAX - count;
}

bool decode_cursor(ByteReader in, Frame& frame) {
  CursorSection section;
  section.stream = read_stream(in);
  section.upstream = as_text(in.prefixed());
  section.lane = {in.u8()};
  section.incarnation = read_incarnation(in);
  section.position = {in.varint()};
  const std::uint64_t end = in.varint();
  section.end = end == kOpenLane ? kOpenEnd : Offset{end};
  frame.cursors.push_back(section);
  return in.ok();
}

bool decode_skip(ByteReader in, Frame& frame) {
  SkipSection section;
  section.stream = read_stream(in);
  section.reason = static_cast<SkipReason>(in.u8());
  section.from = {in.varint()};
  section.to = {in.varint()};
  frame.skips.push_back(section);
  return in.ok() && section.from <= section.to;
}

bool decode_section(ByteReader& in, Frame& frame) {
  const auto kind = static_cast<SectionKind>(in.u8());
  const Bytes content = in.prefixed();
  if (!in.ok()) return false;
  switch (kind) {
    case SectionKind::kRecords: return decode_records(ByteReader(content), false, frame);
    case SectionKind::kRelocated: return decode_records(ByteReader(content), true, frame);
    case SectionKind::kCursor: return decode_cursor(ByteReader(content), frame);
    case SectionKind::kSkip: return decode_skip(ByteReader(content), frame);
    case SectionKind::kAnchor:
    case SectionKind::kSnapshot: break;
  }
  return true;
}

std::optional<Frame> decode_sections(const Header& header, Bytes body) {
  Frame frame;
  frame.format = header.format;
  frame.commit = header.commit;
  frame.bytes = header.header_bytes + header.stored_bytes;
  if (header.format > kNewestFormat) return frame;
  if (header.compression == Compression::kZstd) {
    auto unpacked = unpack(body, header.raw_bytes);
    if (!unpacked) return std::nullopt;
    frame.unpacked = std::make_shared<const Buffer>(std::move(*unpacked));
    body = *frame.unpacked;
  }
  ByteReader in(body);
  for (std::uint16_t i = 0; i < header.sections; ++i) {
    if (!decode_section(in, frame)) return std::nullopt;
  }
  return frame;
}

}  // namespace

std::optional<std::uint32_t> frame_bytes(Bytes at) {
  const auto header = decode_header(at);
  if (!header) return std::nullopt;
  return header->header_bytes + header->stored_bytes;
}

std::optional<std::uint64_t> frame_commit(Bytes at) {
  const auto header = decode_header(at);
  if (!header) return std::nullopt;
  return header->commit;
}

// The check sum after the salt follows from the whole, backwards over what comes behind it. Of the salt's eight bytes
// the first four are chosen as zeros; for every sum there is one choice of the other four.
std::optional<std::uint64_t> salt_of_frame(Bytes at, std::uint64_t file_position) {
  const auto header = decode_header(at);
  if (!header || at.size() - header->header_bytes < header->stored_bytes) return std::nullopt;
  Buffer position;
  ByteWriter(position).u64(file_position);
  std::uint32_t crc = crc32c_before(at.subspan(header->header_bytes, header->stored_bytes), header->crc);
  crc = crc32c_before(position, crc32c_before(at.first(kCrcAt), crc));
  const Buffer zeros(4);
  const std::uint32_t rest = crc32c_before(zeros, crc) ^ crc32c(zeros);
  return std::uint64_t{rest} << 32;
}

std::optional<Frame> decode_frame(Bytes at, FramePlace place) {
  const auto header = decode_header(at);
  if (!header || at.size() - header->header_bytes < header->stored_bytes) return std::nullopt;
  const Bytes body = at.subspan(header->header_bytes, header->stored_bytes);
  if (frame_crc(place, at.first(header->header_bytes), body) != header->crc) return std::nullopt;
  return decode_sections(*header, body);
}

void FrameWriter::add(const RecordsSection& section) {
  Buffer content;
  ByteWriter out(content);
  out.varint(section.stream.value);
  out.raw(section.incarnation.bytes);
  out.varint(section.first.value);
  out.varint(section.count);
  out.raw(section.run);
  add(section.relocated ? SectionKind::kRelocated : SectionKind::kRecords, content);
}

void FrameWriter::add(const CursorSection& section) {
  Buffer content;
  ByteWriter out(content);
  out.varint(section.stream.value);
  out.prefixed(as_bytes(section.upstream));
  out.u8(section.lane.value);
  out.raw(section.incarnation.bytes);
  out.varint(section.position.value);
  out.varint(section.end == kOpenEnd ? kOpenLane : section.end.value);
  add(SectionKind::kCursor, content);
}

void FrameWriter::add(const SkipSection& section) {
  Buffer content;
  ByteWriter out(content);
  out.varint(section.stream.value);
  out.u8(static_cast<std::uint8_t>(section.reason));
  out.varint(section.from.value);
  out.varint(section.to.value);
  add(SectionKind::kSkip, content);
}

void FrameWriter::add(SectionKind kind, Bytes content) {
  ByteWriter out(body_);
  out.u8(static_cast<std::uint8_t>(kind));
  out.prefixed(content);
  ++sections_;
}

Buffer FrameWriter::make(FramePlace place, std::uint64_t commit, std::uint32_t alignment,
                         Compressor* compressor) const {
  const std::uint64_t limit = round_up(size(), alignment) - alignment;
  std::optional<Buffer> packed;
  if (compressor != nullptr && limit > kFrameHeaderBytes)
    packed = compressor->pack(body_, static_cast<std::size_t>(limit - kFrameHeaderBytes));
  const Bytes body = packed ? Bytes(*packed) : Bytes(body_);
  Buffer frame;
  frame.reserve(static_cast<std::size_t>(round_up(kFrameHeaderBytes + body.size(), alignment)));
  ByteWriter out(frame);
  out.u32(kFrameMagic);
  out.u8(static_cast<std::uint8_t>(packed ? kCompressingFormat : kFirstFormat));
  out.u8(kFrameHeaderBytes);
  out.u8(static_cast<std::uint8_t>(packed ? Compression::kZstd : Compression::kNone));
  out.u8(0);
  out.u32(static_cast<std::uint32_t>(body.size()));
  out.u32(static_cast<std::uint32_t>(body_.size()));
  out.u64(commit);
  out.u16(sections_);
  frame.resize(kCrcAt);
  out.u32(frame_crc(place, Bytes(frame), body));
  out.raw(body);
  frame.resize(static_cast<std::size_t>(round_up(frame.size(), alignment)));
  return frame;
}

}  // namespace tidegate::store
