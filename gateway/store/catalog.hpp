#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gateway/base/event_log.hpp"
#include "gateway/base/random.hpp"
#include "gateway/store/format.hpp"
#include "gateway/store/log.hpp"
#include "gateway/store/manifest.hpp"

namespace tidegate::store {

/// What the log knows about its streams and slots: the newest manifest, and every frame since then applied to it. It
/// holds durable facts only. A plain value without locks or files; Journal guards and saves it.
class Catalog {
 public:
  Catalog() = default;
  explicit Catalog(Manifest manifest) : manifest_(std::move(manifest)) {}

  [[nodiscard]] const Manifest& manifest() const { return manifest_; }
  [[nodiscard]] Manifest& manifest() { return manifest_; }

  /// Binds stored streams to configured ones by name: new ones begin at 0, new upstreams at the oldest record,
  /// upstreams that are gone are forgotten, streams that are gone stay until their records are given up. A new
  /// incarnation begins in every stream; beyond kMaxIncarnations without a delivery the oldest two become one.
  Result<void> configure(const LogOptions& options, Random& random, EventLog& events);

  /// Makes every stored stream a configured one, in the order of the manifest: for those who only look.
  void configure_as_stored();

  [[nodiscard]] StreamRecord& stream(StreamIndex index) { return manifest_.streams[places_[index.value]]; }
  [[nodiscard]] const StreamRecord& stream(StreamIndex index) const { return manifest_.streams[places_[index.value]]; }
  [[nodiscard]] bool configured(StreamIndex index) const { return index.value < places_.size(); }
  /// The configured index of a stored stream, or nothing.
  [[nodiscard]] std::optional<StreamIndex> index_of(StreamId id) const;
  [[nodiscard]] StreamRecord* find(StreamId id);

  /// What a frame of `slot` says, all of it. Later frames have the last word.
  void apply(const Frame& frame, std::uint32_t slot);
  void apply(const CursorSection& section);

  /// A slot begins a new life: whatever lay in it is forgotten, and it is where frames go from now on.
  void activate(std::uint32_t slot, std::uint64_t salt);

  /// Bytes that each slot still owes to someone; 0: it can be used again.
  [[nodiscard]] std::vector<std::uint64_t> owed_by_slot() const;
  /// Whether a slot holds delivered records that are to be kept.
  [[nodiscard]] std::vector<bool> keeps_by_slot() const;

 private:
  void apply(const RecordsSection& section, std::uint32_t slot);
  void apply(const SkipSection& section);
  void begin_incarnations(const std::string& board_id, Random& random, EventLog& events);
  Result<void> bind(const StreamOptions& options);
  void release_unconfigured(const LogOptions& options, EventLog& events);

  Manifest manifest_;
  std::vector<std::size_t> places_;  // of the configured streams in manifest_.streams
};

/// The lowest offset of a stream that is still owed to an upstream.
Offset owed_from(const StreamRecord& stream);
std::uint64_t live_bytes(const StreamRecord& stream);
/// Everything before `to` is dropped by policy.
void evict(StreamRecord& stream, Offset to);
/// The oldest offset that can be read or that a Skip names.
Offset first_offset(const StreamRecord& stream);
/// Why offsets that lie nowhere are not there. In order of offset; together they cover [from, to).
std::vector<Skip> name_missing(const StreamRecord& stream, Offset from, Offset to);
Incarnation incarnation_at(const StreamRecord& stream, Offset offset);
/// Records from `from` on belong to `incarnation`.
void begin_incarnation(StreamRecord& stream, Incarnation incarnation, Offset from);
Incarnation draw_incarnation(Random& random);

}  // namespace tidegate::store
