#include <algorithm>
#include <array>

#include "gateway/store/format.hpp"

namespace tidegate::store {

namespace {

// The flags of a record: one byte, its first.
constexpr std::uint8_t kSameTopic = 0x01;
constexpr std::uint8_t kSameClient = 0x02;
constexpr std::uint8_t kHasProperties = 0x04;
constexpr std::uint8_t kRetain = 0x08;
constexpr int kQosShift = 4;
constexpr int kQualityShift = 6;

std::uint64_t microseconds(std::chrono::microseconds time) { return static_cast<std::uint64_t>(time.count()); }

std::chrono::microseconds from_microseconds(std::uint64_t count) {
  return std::chrono::microseconds(static_cast<std::int64_t>(count));
}

}  // namespace

void RecordWriter::add(const Message& message) {
  if (run_.empty()) append(run_, boot_.bytes);
  const std::size_t flags_at = run_.size();
  ByteWriter out(run_);
  out.u8(0);
  // Wall time follows monotonic time but for the clock's corrections: their difference is a byte, usually 0. Unsigned
  // arithmetic wraps, so that any two times have a difference.
  const std::uint64_t monotonic = microseconds(message.received.monotonic);
  const std::uint64_t drift = microseconds(message.received.wall) - monotonic;
  out.zigzag(static_cast<std::int64_t>(monotonic - monotonic_));
  out.zigzag(static_cast<std::int64_t>(drift - drift_));
  monotonic_ = monotonic;
  drift_ = drift;

  unsigned flags = (message.qos & 3U) << kQosShift | static_cast<unsigned>(message.received.quality) << kQualityShift;
  if (put_text(message.topic, topic_)) flags |= kSameTopic;
  if (put_text(message.client, client_)) flags |= kSameClient;
  if (!message.properties.empty()) {
    flags |= kHasProperties;
    out.prefixed(message.properties);
  }
  if (message.retain) flags |= kRetain;
  out.prefixed(message.payload);
  run_[flags_at] = static_cast<std::byte>(flags);
  ++count_;
}

bool RecordWriter::put_text(std::string_view text, Stretch& previous) {
  if (text == as_text(Bytes(run_).subspan(previous.begin, previous.size))) return true;
  ByteWriter(run_).prefixed(as_bytes(text));
  previous = {run_.size() - text.size(), text.size()};
  return false;
}

Buffer RecordWriter::take() {
  Buffer run = std::move(run_);
  *this = RecordWriter(boot_);
  return run;
}

RecordReader::RecordReader(Bytes run) : in_(run) {
  const Bytes boot = in_.raw(boot_.bytes.size());
  std::copy(boot.begin(), boot.end(), boot_.bytes.begin());
}

bool RecordReader::next(Message& out) {
  if (!ok() || in_.at_end()) return false;
  const std::uint8_t flags = in_.u8();
  monotonic_ += static_cast<std::uint64_t>(in_.zigzag());
  drift_ += static_cast<std::uint64_t>(in_.zigzag());
  if ((flags & kSameTopic) == 0) topic_ = as_text(in_.prefixed());
  if ((flags & kSameClient) == 0) client_ = as_text(in_.prefixed());
  out.topic = topic_;
  out.client = client_;
  out.properties = (flags & kHasProperties) != 0 ? in_.prefixed() : Bytes{};
  out.payload = in_.prefixed();
  out.retain = (flags & kRetain) != 0;
  out.qos = (flags >> kQosShift) & 3U;
  out.received.monotonic = from_microseconds(monotonic_);
  out.received.wall = from_microseconds(monotonic_ + drift_);
  const unsigned quality = flags >> kQualityShift;
  sound_ = out.qos <= 2 && quality <= static_cast<unsigned>(TimeQuality::kSynchronised);
  out.received.quality = sound_ ? static_cast<TimeQuality>(quality) : TimeQuality::kUnknown;
  return ok();
}

RunSlice slice_run(Bytes run, std::uint32_t skip, std::uint32_t count, std::size_t max_bytes) {
  RecordReader reader(run);
  RecordWriter writer(reader.boot());
  Message message;
  for (std::uint32_t i = 0; i < skip; ++i) {
    if (!reader.next(message)) return {};
  }
  while (writer.count() < count && (writer.count() == 0 || writer.size() < max_bytes) && reader.next(message))
    writer.add(message);
  const std::uint32_t taken = writer.count();
  return {writer.take(), taken};
}

std::string_view to_string(SkipReason reason) {
  switch (reason) {
    case SkipReason::kEvicted: return "evicted";
    case SkipReason::kReduced: return "reduced";
    case SkipReason::kRejected: return "rejected";
    case SkipReason::kCorrupt: return "corrupt";
    case SkipReason::kElsewhere: return "elsewhere";
  }
  return "unknown";
}

}  // namespace tidegate::store
