#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gateway/north/record_source.hpp"
#include "gateway/north/route.hpp"
#include "gateway/north/upstream.hpp"

namespace tidegate::north {

inline Incarnation incarnation(int number) {
  Incarnation made;
  made.bytes.fill(std::byte{static_cast<unsigned char>(number)});
  return made;
}
inline BootId boot(int number) {
  BootId made;
  made.bytes.fill(std::byte{static_cast<unsigned char>(number)});
  return made;
}
inline LaneId lane(const std::string& stream, int incarnation_number) {
  return {stream, incarnation(incarnation_number), Lane{0}};
}

/// Durable records in memory; a read is answered at once, or when the test says so.
class FakeSource final : public RecordSource {
 public:
  struct Stream {
    std::string name;
    std::deque<std::pair<std::string, BootId>> records;  // payload and boot, from offset 0
    Offset first;                                        // evicted before
    Offset cursor;
    std::vector<store::IncarnationRange> incarnations{{incarnation(1), Offset{0}}};
  };

  std::vector<Stream> streams;
  bool refuse_incarnation = false;
  bool answer_at_once = true;
  /// When the record of an offset was received.
  std::function<Timestamp(Offset)> received = [](Offset) { return Timestamp{}; };
  std::size_t reads = 0;

  explicit FakeSource(const std::vector<std::string>& names) {
    for (const std::string& stream_name : names) streams.push_back({stream_name, {}, {}, {}, {{incarnation(1), {}}}});
  }
  void add(std::size_t stream, std::size_t count, BootId of = boot(1)) {
    for (std::size_t i = 0; i < count; ++i)
      streams[stream].records.emplace_back("payload " + std::to_string(streams[stream].records.size()), of);
  }
  void evict_before(std::size_t stream, Offset offset) { streams[stream].first = offset; }
  void answer_reads() {
    while (!waiting_.empty()) {
      const auto answer = std::move(waiting_.front());
      waiting_.pop_front();
      answer();
    }
  }
  [[nodiscard]] std::size_t unanswered() const { return waiting_.size(); }

  [[nodiscard]] std::string name(StreamIndex index) const override { return streams.at(index.value).name; }
  [[nodiscard]] store::StreamState state(StreamIndex index) const override {
    const Stream& stream = streams.at(index.value);
    store::StreamState state;
    state.first = stream.first;
    state.next = Offset{stream.records.size()};
    state.incarnations = stream.incarnations;
    return state;
  }
  [[nodiscard]] Offset position(StreamIndex index, const std::string&, Lane) const override {
    return streams.at(index.value).cursor;
  }
  void read(StreamIndex index, Offset from, std::size_t max_bytes, ReadDone done) override {
    ++reads;
    // What is durable when it is asked: a later record is not in the answer, however late that comes.
    auto answer = [read = batch(index, from, max_bytes), done = std::move(done)] { done(read); };
    if (answer_at_once)
      answer();
    else
      waiting_.emplace_back(std::move(answer));
  }
  void advance(StreamIndex index, const std::string&, Lane, Offset position) override {
    streams.at(index.value).cursor = std::max(streams.at(index.value).cursor, position);
  }
  Result<Incarnation> begin_incarnation(StreamIndex index, Offset from) override {
    if (refuse_incarnation) return Error{ErrorKind::kIo, "no"};
    Stream& stream = streams.at(index.value);
    const Incarnation made = incarnation(static_cast<int>(stream.incarnations.size()) + 1);
    stream.incarnations.push_back({made, from});
    return made;
  }

 private:
  store::RecordBatch batch(StreamIndex index, Offset from, std::size_t max_bytes) {
    Stream& stream = streams.at(index.value);
    store::RecordBatch out;
    out.next = from;
    if (from < stream.first) {
      out.skips.push_back({from, stream.first, store::SkipReason::kEvicted});
      out.next = stream.first;
    }
    std::size_t bytes = 0;
    for (; out.next.value < stream.records.size() && bytes < max_bytes; out.next = out.next + 1) {
      const auto& [payload, of] = stream.records[static_cast<std::size_t>(out.next.value)];
      store::Message message;
      message.topic = "t";
      message.received = received(out.next);
      message.payload = as_bytes(payload);
      out.records.push_back({out.next, of, message});
      bytes += payload.size() + 1;
    }
    return out;
  }

  std::deque<std::function<void()>> waiting_;
};

/// Notes what is sent; connects, confirms and fails when the test says so.
class ScriptedUpstream final : public Upstream {
 public:
  struct Sent {
    LaneId lane;
    Offset from;
    Offset to;
    std::optional<store::SkipReason> skipped;
    bool operator==(const Sent&) const = default;
  };
  std::vector<Sent> sent;
  int room = 1000;  ///< Batches that may be sent; each takes one.
  UpstreamListener* listener = nullptr;

  void welcome(const std::vector<Position>& positions = {}) {
    connected_ = true;
    listener->on_connected(positions);
  }
  void lose() {
    connected_ = false;
    listener->on_disconnected("cut");
  }
  void acknowledge(const LaneId& lane, std::uint64_t next) { listener->on_acknowledged(lane, Offset{next}); }
  void answer(const LaneId& lane, std::uint64_t from, std::uint64_t to, Delivery delivery) {
    listener->on_result(lane, Offset{from}, Offset{to}, delivery, "because");
  }

  void start(UpstreamListener& to) override { listener = &to; }
  [[nodiscard]] bool can_send() const override { return connected_ && room > 0; }
  std::size_t send(const Batch& batch) override {
    --room;
    for (const store::Record& record : batch.records) {
      payloads.emplace_back(as_text(record.message.payload));
      times.push_back(record.message.received);
    }
    sent.push_back({batch.lane, batch.records.front().offset, batch.records.back().offset + 1, std::nullopt});
    return 1;
  }
  void send_skip(const LaneId& lane, const store::Skip& skip) override {
    sent.push_back({lane, skip.from, skip.to, skip.reason});
  }
  void send_anchor(const TimeAnchor& anchor) override {
    if (connected_) anchors.push_back(anchor);
  }
  void close() override {}
  [[nodiscard]] std::string state() const override { return "scripted"; }

  std::vector<std::string> payloads;
  std::vector<Timestamp> times;
  std::vector<TimeAnchor> anchors;

 private:
  bool connected_ = false;
};

inline ScriptedUpstream::Sent batch(const LaneId& lane, std::uint64_t from, std::uint64_t to) {
  return {lane, Offset{from}, Offset{to}, std::nullopt};
}
inline ScriptedUpstream::Sent skip(const LaneId& lane, std::uint64_t from, std::uint64_t to, store::SkipReason reason) {
  return {lane, Offset{from}, Offset{to}, reason};
}

/// Names of the events that were written.
class NotedEvents final : public EventLog {
 public:
  std::vector<std::string> names;
  std::map<std::string, std::string, std::less<>> fields;  // of all events; the last of a name
  void write(Severity, std::string_view event, std::initializer_list<Field> values) override {
    names.emplace_back(event);
    for (const Field& field : values) fields.insert_or_assign(std::string(field.name), field.value);
  }
  [[nodiscard]] bool has(std::string_view event) const {
    return std::find(names.begin(), names.end(), event) != names.end();
  }
};

}  // namespace tidegate::north
