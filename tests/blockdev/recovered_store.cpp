#include "tests/blockdev/recovered_store.hpp"

#include <algorithm>

#include "gateway/store/format.hpp"
#include "tests/blockdev/message.hpp"
#include "tests/simulation/seeded_random.hpp"

namespace tidegate::blockdev {

namespace {

using Violation = std::optional<std::string>;

constexpr std::size_t kReadBytes = 1 << 20;

/// What one stream shows from its begin to its end.
class StreamContent {
 public:
  StreamContent(store::Log& log, std::uint32_t client)
      : log_(log), stream_{static_cast<std::uint16_t>(client)}, client_(client) {}

  Violation read();
  [[nodiscard]] Violation check(const Promise& promise) const;
  /// One message more: it must be the last that can be read.
  Violation append();

 private:
  /// Where what is readable without a hole begins.
  struct Begin {
    Offset offset;
    std::uint64_t number = 0;
  };

  Violation take(const store::ReadResult& result);
  Violation take(const store::Section& section);
  Violation take(const store::Skip& skip);

  store::Log& log_;
  const StreamIndex stream_;
  const std::uint32_t client_;
  Offset next_;
  std::optional<Begin> begin_;
  std::uint64_t end_ = 0;  // one past the highest number
  std::uint64_t evicted_ = 0;
};

std::string text(std::uint64_t number) { return std::to_string(number); }

Violation StreamContent::read() {
  for (store::ReadHint hint; next_ < log_.state(stream_).next;) {
    const auto result = log_.read(stream_, next_, kReadBytes, hint);
    if (!result) return "cannot be read at " + text(next_.value) + ": " + result.error().message;
    if (auto wrong = take(*result)) return wrong;
    if (result->next == next_) return "nothing more can be read at " + text(next_.value);
    next_ = result->next;
    hint = result->hint;
  }
  return {};
}

Violation StreamContent::take(const store::ReadResult& result) {
  auto skip = result.skips.begin();
  for (const store::Section& section : result.sections) {
    for (; skip != result.skips.end() && skip->from < section.first; ++skip)
      if (auto wrong = take(*skip)) return wrong;
    if (auto wrong = take(section)) return wrong;
  }
  for (; skip != result.skips.end(); ++skip)
    if (auto wrong = take(*skip)) return wrong;
  return {};
}

// Of what the upstream has confirmed, anything may be gone, not only the oldest.
Violation StreamContent::take(const store::Skip& skip) {
  const bool confirmed = skip.reason == store::SkipReason::kElsewhere;
  const bool evicted = skip.reason == store::SkipReason::kEvicted;
  if (!confirmed && (!evicted || begin_))
    return "[" + text(skip.from.value) + ", " + text(skip.to.value) + ") is " + std::string(to_string(skip.reason));
  if (evicted) evicted_ += skip.to - skip.from;
  begin_.reset();
  return {};
}

// Whoever loses its connection sends again from the first message that it had no PUBACK for: numbers may go back, but
// never leave one out.
Violation StreamContent::take(const store::Section& section) {
  store::RecordReader reader(section.records);
  store::Message message;
  for (Offset offset = section.first; offset < section.first + section.count; offset = offset + 1) {
    const std::string at = " at " + text(offset.value);
    if (!reader.next(message)) return "a record cannot be decoded" + at;
    const auto name = name_of(as_text(message.payload));
    if (!name || name->client != client_ || message.topic != topic_of(client_)) return "what nobody sent is" + at;
    if (begin_ && name->number > end_) return "message " + text(name->number) + " follows " + text(end_ - 1) + at;
    if (!begin_) begin_ = Begin{offset, name->number};
    end_ = std::max(end_, name->number + 1);
  }
  return {};
}

// The newest messages are there in any case. Older ones may be gone as far as the store says so: dropped by the
// stream's policy, or confirmed by the upstream, which then has them. Each had an offset.
Violation StreamContent::check(const Promise& promise) const {
  const std::string of = " of " + text(promise.acknowledged) + " acknowledged messages are lost";
  if (begin_ && end_ < promise.acknowledged) return text(promise.acknowledged - end_) + of + ", the newest";
  const Begin begin = begin_.value_or(Begin{next_, promise.acknowledged});
  if (begin.number > begin.offset.value) return text(begin.number - begin.offset.value) + of;
  std::uint64_t owed = 0;
  for (std::uint64_t number = 0; number < begin.number; ++number)
    if (!promise.delivered.contains(number)) ++owed;
  if (owed > evicted_) return text(owed) + of + "; the store says that it dropped " + text(evicted_);
  return {};
}

Violation StreamContent::append() {
  const MessageName name{client_, end_};
  const std::string payload = payload_of(name);
  const std::string topic = topic_of(client_);
  store::RecordWriter writer(BootId{});
  store::Message message;
  message.topic = topic;
  message.payload = as_bytes(payload);
  writer.add(message);
  store::CommitBatch batch;
  batch.sections.push_back({stream_, log_.state(stream_).next, 1, writer.take()});
  if (auto committed = log_.commit(batch); !committed) return "takes nothing new: " + committed.error().message;
  if (auto wrong = read()) return "after one message more: " + *wrong;
  if (end_ != name.number + 1) return "the message that was stored last is not there";
  return {};
}

Violation check_stream(store::Log& log, std::uint32_t client, const Promise& promise) {
  StreamContent content(log, client);
  if (auto wrong = content.read()) return wrong;
  if (auto wrong = content.check(promise)) return wrong;
  return content.append();
}

}  // namespace

std::optional<std::string> check_recovered(const store::LogOptions& options, const std::vector<Promise>& promises,
                                           std::uint64_t seed) {
  SystemDisk disk;
  simulation::SeededRandom random(seed);
  SilentLog events;
  Metrics metrics;
  auto log = store::Log::open(options, disk, random, events, metrics);
  if (!log) return "the store does not open: " + log.error().message;
  for (std::uint32_t client = 0; client < promises.size(); ++client)
    if (auto wrong = check_stream(**log, client, promises[client]))
      return "stream " + options.streams[client].name + ": " + *wrong;
  if (auto closed = (*log)->close(); !closed) return "the store does not close: " + closed.error().message;
  return {};
}

}  // namespace tidegate::blockdev
