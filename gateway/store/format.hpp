#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "gateway/base/bytes.hpp"
#include "gateway/base/ids.hpp"
#include "gateway/store/compression.hpp"
#include "gateway/store/format_version.hpp"
#include "gateway/store/message.hpp"

namespace tidegate::store {

/// Encodes messages of one boot, one after another, into a run. FORMAT.md, "Records".
class RecordWriter {
 public:
  explicit RecordWriter(BootId boot) : boot_(boot) {}

  void add(const Message& message);
  [[nodiscard]] std::uint32_t count() const { return count_; }
  /// Bytes of the run so far; 0 while it is empty.
  [[nodiscard]] std::size_t size() const { return run_.size(); }
  /// Hands the run over and begins the next one.
  Buffer take();

 private:
  struct Stretch {
    std::size_t begin = 0;
    std::size_t size = 0;
  };
  bool put_text(std::string_view text, Stretch& previous);

  BootId boot_;
  Buffer run_;
  std::uint32_t count_ = 0;
  Stretch topic_;
  Stretch client_;
  std::uint64_t monotonic_ = 0;
  std::uint64_t drift_ = 0;
};

/// Decodes a run; takes any bytes without harm. The messages are views into the run.
class RecordReader {
 public:
  explicit RecordReader(Bytes run);

  /// The next message, or false at the end of the run or at its first malformed record (then ok() is false).
  bool next(Message& out);
  [[nodiscard]] BootId boot() const { return boot_; }
  [[nodiscard]] bool ok() const { return in_.ok() && sound_; }

 private:
  ByteReader in_;
  BootId boot_;
  bool sound_ = true;
  std::string_view topic_;
  std::string_view client_;
  std::uint64_t monotonic_ = 0;
  std::uint64_t drift_ = 0;
};

/// Part of a run, encoded anew.
struct RunSlice {
  Buffer records;
  std::uint32_t count = 0;
};

/// The records of `run` after the first `skip`, at most `count` of them and about `max_bytes` (at least one record).
RunSlice slice_run(Bytes run, std::uint32_t skip, std::uint32_t count, std::size_t max_bytes);

/// A stream's number on the disk; the manifest binds it to the stream's name.
struct StreamId {
  std::uint16_t value = 0;
  auto operator<=>(const StreamId&) const = default;
};

/// What a section of a frame holds. Unknown kinds are stepped over by their length.
enum class SectionKind : std::uint8_t {
  kRecords = 1,
  kCursor = 2,
  kSkip = 3,
  kAnchor = 4,     ///< Reserved: wall time of a moment of a boot.
  kRelocated = 5,  ///< Records copied forward under their own offsets.
  kSnapshot = 6,   ///< Reserved: where the latest snapshot of the state stream begins.
};

/// Records [first, first + count) of one stream.
struct RecordsSection {
  StreamId stream;
  Incarnation incarnation;
  Offset first;
  std::uint32_t count = 0;
  Bytes run;
  bool relocated = false;

  [[nodiscard]] Offset end() const { return first + count; }
};

struct CursorSection {
  StreamId stream;
  std::string_view upstream;
  Lane lane;
  Incarnation incarnation;  ///< Of the record at `position`.
  Offset position;
  Offset end;
};

struct SkipSection {
  StreamId stream;
  SkipReason reason = SkipReason::kEvicted;
  Offset from;
  Offset to;
};

/// A frame that passed its check. Views into the bytes it was decoded from, or into `unpacked`. Of one of a later
/// format than kNewestFormat nothing is known but the numbers.
struct Frame {
  std::uint8_t format = kFirstFormat;
  std::uint64_t commit = 0;
  std::uint32_t bytes = 0;  ///< On the disk, before padding.
  std::vector<RecordsSection> records;
  std::vector<CursorSection> cursors;
  std::vector<SkipSection> skips;
  std::shared_ptr<const Buffer> unpacked;  ///< The body, if it was compressed.
};

inline constexpr std::uint32_t kFrameHeaderBytes = 64;
inline constexpr std::uint32_t kMaxFrameBytes = 1 << 20;
/// Most bytes that a records section costs beyond its run: kind, length, stream, incarnation, first, count.
inline constexpr std::uint32_t kSectionOverhead = 48;

/// Where a frame lies, which its check covers: a frame of an earlier use of the slot, or in another place, fails it.
struct FramePlace {
  std::uint64_t salt = 0;
  std::uint64_t file_position = 0;
};

/// Collects sections, then makes the frame.
class FrameWriter {
 public:
  void add(const RecordsSection& section);
  void add(const CursorSection& section);
  void add(const SkipSection& section);
  /// A section of any kind, encoded already.
  void add(SectionKind kind, Bytes content);

  [[nodiscard]] bool empty() const { return sections_ == 0; }
  /// Header and sections, before padding.
  [[nodiscard]] std::size_t size() const { return kFrameHeaderBytes + body_.size(); }
  /// The frame for `place`, padded with zeros to a multiple of `alignment`. With a compressor it is compressed if that
  /// saves an `alignment` or more; only then is it of kCompressingFormat.
  [[nodiscard]] Buffer make(FramePlace place, std::uint64_t commit, std::uint32_t alignment,
                            Compressor* compressor = nullptr) const;

 private:
  Buffer body_;
  std::uint16_t sections_ = 0;
};

/// Length of the frame that seems to begin here (before padding), or nothing. Looks at no more than the header.
std::optional<std::uint32_t> frame_bytes(Bytes at);
/// The number of its commit, as it says itself; no check is made.
std::optional<std::uint64_t> frame_commit(Bytes at);
/// A salt under which the frame that begins at `at` would pass its check in this place: that of the slot's use, or one
/// that does the same to a check sum of 32 bits. Every frame has one, so that of one alone proves nothing; two frames
/// that agree prove each other.
std::optional<std::uint64_t> salt_of_frame(Bytes at, std::uint64_t file_position);
/// The frame that begins at `at`, if it passes its check.
std::optional<Frame> decode_frame(Bytes at, FramePlace place);

constexpr std::uint64_t round_up(std::uint64_t value, std::uint64_t alignment) {
  return (value + alignment - 1) / alignment * alignment;
}

}  // namespace tidegate::store
