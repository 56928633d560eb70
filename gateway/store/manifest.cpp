#include "gateway/store/manifest.hpp"

#include <algorithm>
#include <bit>

#include "gateway/base/crc32c.hpp"

namespace tidegate::store {

namespace {

constexpr std::uint64_t kManifestMagic = 0x314E414D45444954;  // "TIDEMAN1"
constexpr std::size_t kCrcAt = kManifestHeaderBytes - 4;

// Fields of the body. A reader steps over the ones it does not know.
enum class Tag : std::uint8_t {
  kStore = 1,
  kSlot = 2,
  kStream = 3,
  kIncarnation = 4,
  kCursor = 5,
  kExtent = 6,
  kTail = 7,
  kOlderTail = 8,
};

class Encoder {
 public:
  explicit Encoder(Buffer& body) : body_(body) {}

  void store(const Manifest& manifest) {
    begin();
    out_.raw(manifest.store_id);
    out_.prefixed(as_bytes(manifest.board_id));
    out_.varint(manifest.slot_bytes);
    out_.varint(manifest.frame_alignment);
    end(Tag::kStore);
  }

  void slot(std::uint32_t number, const Slot& slot) {
    begin();
    out_.varint(number);
    out_.u64(slot.salt);
    out_.varint(slot.sequence);
    out_.varint(slot.used);
    end(Tag::kSlot);
  }

  void stream(const StreamRecord& stream) {
    begin();
    out_.varint(stream.id.value);
    out_.prefixed(as_bytes(stream.name));
    out_.varint(stream.next.value);
    out_.varint(stream.given_up.value);
    out_.varint(stream.evicted_to.value);
    end(Tag::kStream);
    for (const IncarnationRange& range : stream.incarnations) incarnation(range);
    for (const LaneCursor& lane : stream.cursors) cursor(lane);
    for (const auto& [first, extent] : stream.extents) this->extent(extent);
  }

  void tail(const Tail& tail) {
    begin();
    out_.varint(tail.slot);
    out_.varint(tail.position);
    out_.varint(tail.next_commit);
    out_.u8(tail.clean ? 1 : 0);
    end(Tag::kTail);
  }

  void older_tail(const SlotPosition& tail) {
    begin();
    out_.varint(tail.slot);
    out_.varint(tail.position);
    end(Tag::kOlderTail);
  }

 private:
  void incarnation(const IncarnationRange& range) {
    begin();
    out_.raw(range.incarnation.bytes);
    out_.varint(range.first.value);
    end(Tag::kIncarnation);
  }

  void cursor(const LaneCursor& cursor) {
    begin();
    out_.prefixed(as_bytes(cursor.upstream));
    out_.u8(cursor.lane.value);
    out_.varint(cursor.position.value);
    out_.varint(cursor.end == kOpenEnd ? 0 : cursor.end.value);
    end(Tag::kCursor);
  }

  void extent(const Extent& extent) {
    begin();
    out_.varint(extent.slot);
    out_.varint(extent.first.value);
    out_.varint(extent.count);
    out_.varint(extent.bytes);
    end(Tag::kExtent);
  }

  void begin() { field_.clear(); }
  void end(Tag tag) {
    ByteWriter out(body_);
    out.u8(static_cast<std::uint8_t>(tag));
    out.prefixed(field_);
  }

  Buffer& body_;
  Buffer field_;
  ByteWriter out_{field_};
};

class Decoder {
 public:
  explicit Decoder(Bytes body) : in_(body) {}

  bool run(Manifest& manifest) {
    while (in_.ok() && !in_.at_end()) {
      const auto tag = static_cast<Tag>(in_.u8());
      ByteReader field(in_.prefixed());
      if (!in_.ok() || !take(tag, field, manifest) || !field.ok()) return false;
    }
    return in_.ok() && coherent(manifest);
  }

 private:
  static bool take(Tag tag, ByteReader& in, Manifest& manifest) {
    switch (tag) {
      case Tag::kStore: return store(in, manifest);
      case Tag::kSlot: return slot(in, manifest);
      case Tag::kStream: return stream(in, manifest);
      case Tag::kTail: return tail(in, manifest);
      case Tag::kOlderTail: return older_tail(in, manifest);
      case Tag::kIncarnation:
      case Tag::kCursor:
      case Tag::kExtent: return !manifest.streams.empty() && part_of_stream(tag, in, manifest.streams.back());
    }
    return true;
  }

  static bool store(ByteReader& in, Manifest& manifest) {
    const Bytes id = in.raw(manifest.store_id.size());
    std::copy(id.begin(), id.end(), manifest.store_id.begin());
    manifest.board_id = as_text(in.prefixed());
    manifest.slot_bytes = static_cast<std::uint32_t>(in.varint());
    manifest.frame_alignment = static_cast<std::uint32_t>(in.varint());
    return manifest.board_id.size() <= kMaxBoardIdBytes;
  }

  static bool slot(ByteReader& in, Manifest& manifest) {
    const std::uint64_t number = in.varint();
    if (number >= kMaxSlots) return false;
    if (number >= manifest.slots.size()) manifest.slots.resize(static_cast<std::size_t>(number) + 1);
    Slot& slot = manifest.slots[static_cast<std::size_t>(number)];
    slot.salt = in.u64();
    slot.sequence = in.varint();
    slot.used = static_cast<std::uint32_t>(in.varint());
    return true;
  }

  static bool stream(ByteReader& in, Manifest& manifest) {
    if (manifest.streams.size() == kMaxStreams) return false;
    StreamRecord& stream = manifest.streams.emplace_back();
    stream.id = {static_cast<std::uint16_t>(in.varint())};
    stream.name = as_text(in.prefixed());
    stream.next = {in.varint()};
    stream.given_up = {in.varint()};
    stream.evicted_to = {in.varint()};
    return stream.name.size() <= kMaxNameBytes;
  }

  static bool part_of_stream(Tag tag, ByteReader& in, StreamRecord& stream) {
    if (tag == Tag::kIncarnation) {
      IncarnationRange range;
      const Bytes bytes = in.raw(range.incarnation.bytes.size());
      std::copy(bytes.begin(), bytes.end(), range.incarnation.bytes.begin());
      range.first = {in.varint()};
      stream.incarnations.push_back(range);
      return stream.incarnations.size() <= kMaxIncarnations;
    }
    if (tag == Tag::kCursor) {
      LaneCursor cursor;
      cursor.upstream = as_text(in.prefixed());
      cursor.lane = {in.u8()};
      cursor.position = {in.varint()};
      const std::uint64_t end = in.varint();
      cursor.end = end == 0 ? kOpenEnd : Offset{end};
      stream.cursors.push_back(std::move(cursor));
      return stream.cursors.size() <= kMaxCursors;
    }
    Extent extent;
    extent.slot = static_cast<std::uint32_t>(in.varint());
    extent.first = {in.varint()};
    extent.count = in.varint();
    extent.bytes = in.varint();
    const bool sane = extent.count > 0 && extent.count <= UINT32_MAX && extent.bytes <= UINT32_MAX &&
                      extent.first.value < UINT64_MAX - extent.count && extent.slot < kMaxSlots;
    if (sane) stream.extents.put(extent);
    return sane && stream.extents.size() <= kMaxExtents;
  }

  static bool tail(ByteReader& in, Manifest& manifest) {
    manifest.tail.slot = static_cast<std::uint32_t>(in.varint());
    manifest.tail.position = static_cast<std::uint32_t>(in.varint());
    manifest.tail.next_commit = in.varint();
    manifest.tail.clean = in.u8() != 0;
    return true;
  }

  static bool older_tail(ByteReader& in, Manifest& manifest) {
    const auto slot = static_cast<std::uint32_t>(in.varint());
    manifest.older_tail = {slot, static_cast<std::uint32_t>(in.varint())};
    return true;
  }

  // The check sum has passed, so this holds unless the writer had a bug; the rest of the store divides by these.
  static bool coherent(const Manifest& manifest) {
    const std::uint32_t alignment = manifest.frame_alignment;
    return std::has_single_bit(alignment) && alignment >= 512 && manifest.slot_bytes > 0 &&
           manifest.slot_bytes % alignment == 0 && is_place(manifest.tail.position, manifest) &&
           (!manifest.older_tail || is_place(manifest.older_tail->position, manifest)) &&
           std::all_of(manifest.slots.begin(), manifest.slots.end(),
                       [&](const Slot& slot) { return slot.used <= manifest.slot_bytes; });
  }

  static bool is_place(std::uint32_t position, const Manifest& manifest) {
    return position <= manifest.slot_bytes && position % manifest.frame_alignment == 0;
  }

  ByteReader in_;
};

std::uint32_t manifest_crc(Bytes header, Bytes body) { return crc32c(body, crc32c(header.first(kCrcAt))); }

}  // namespace

Buffer encode_manifest(const Manifest& manifest) {
  Buffer body;
  Encoder encoder(body);
  encoder.store(manifest);
  for (std::uint32_t number = 0; number < manifest.slots.size(); ++number) {
    if (manifest.slots[number].sequence != 0) encoder.slot(number, manifest.slots[number]);
  }
  for (const StreamRecord& stream : manifest.streams) encoder.stream(stream);
  encoder.tail(manifest.tail);
  if (manifest.older_tail) encoder.older_tail(*manifest.older_tail);

  Buffer bytes;
  ByteWriter out(bytes);
  out.u64(kManifestMagic);
  out.u16(manifest.format);
  out.u16(kManifestHeaderBytes);
  out.u32(static_cast<std::uint32_t>(body.size()));
  out.u64(manifest.sequence);
  out.u64(manifest.confirmed);
  bytes.resize(kCrcAt);
  out.u32(manifest_crc(bytes, body));
  out.raw(body);
  return bytes;
}

std::optional<std::uint32_t> manifest_bytes(Bytes at) {
  ByteReader in(at);
  const std::uint64_t magic = in.u64();
  in.u16();
  const std::uint16_t header_bytes = in.u16();
  const std::uint32_t body_bytes = in.u32();
  if (!in.ok() || magic != kManifestMagic || header_bytes != kManifestHeaderBytes) return std::nullopt;
  if (body_bytes > kManifestAreaBytes - kManifestHeaderBytes) return std::nullopt;
  return header_bytes + body_bytes;
}

Result<Manifest> decode_manifest(Bytes at) {
  const auto total = manifest_bytes(at);
  if (!total || at.size() < *total) return Error{ErrorKind::kCorrupt, "not a manifest"};
  const Bytes header = at.first(kManifestHeaderBytes);
  const Bytes body = at.subspan(kManifestHeaderBytes, *total - kManifestHeaderBytes);
  if (ByteReader(header.subspan(kCrcAt)).u32() != manifest_crc(header, body))
    return Error{ErrorKind::kCorrupt, "the manifest fails its check"};
  ByteReader in(header.subspan(8));
  Manifest manifest;
  manifest.format = in.u16();
  in.raw(6);
  manifest.sequence = in.u64();
  manifest.confirmed = in.u64();
  if (manifest.format > kNewestFormat) return manifest;
  if (manifest.format < kFirstFormat || !Decoder(body).run(manifest))
    return Error{ErrorKind::kCorrupt, "the manifest contradicts itself"};
  return manifest;
}

}  // namespace tidegate::store
