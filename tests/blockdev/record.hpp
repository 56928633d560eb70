#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/bytes.hpp"
#include "gateway/base/result.hpp"
#include "tests/blockdev/message.hpp"

namespace tidegate::blockdev {

/// What can happen to a recorded device and around it.
enum class EventKind : std::uint8_t {
  kWrite = 1,         ///< The device answered a write: it may be on the medium or not, until a flush.
  kFlush = 2,         ///< The device answers a flush: every write before this event is on the medium.
  kAcknowledged = 3,  ///< A publisher had received this PUBACK.
  kMark = 4,          ///< The test says what it does from here on.
};

/// One event. Which fields mean something depends on the kind.
struct Event {
  EventKind kind = EventKind::kMark;
  std::uint64_t position = 0;  ///< kWrite: in bytes from the begin of the device.
  MessageName message;         ///< kAcknowledged.
  Bytes data;                  ///< kWrite: what was written. kMark: its words. A view.
};

inline Event write_event(std::uint64_t position, Bytes data) { return {EventKind::kWrite, position, {}, data}; }
inline Event flush_event() { return {EventKind::kFlush, 0, {}, {}}; }
inline Event acknowledged_event(MessageName message) { return {EventKind::kAcknowledged, 0, message, {}}; }
inline Event mark_event(std::string_view words) { return {EventKind::kMark, 0, {}, as_bytes(words)}; }

/// The bytes of an event, behind others.
void encode(const Event& event, Buffer& out);

/// Appends events to a file, in the order in which they took effect. One thread. What cannot be written ends the
/// program: a record with a hole would prove nothing.
class RecordWriter {
 public:
  explicit RecordWriter(const std::string& path);

  void add(const Event& event);

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  std::unique_ptr<std::FILE, Close> file_;
};

/// A record, whole, in memory. Its events are views into it.
class Record {
 public:
  /// kCorrupt if the bytes end inside an event.
  static Result<Record> parse(Buffer bytes);
  /// The file's. kNotFound, kIo as well.
  static Result<Record> load(const std::string& path);

  [[nodiscard]] const std::vector<Event>& events() const { return events_; }

 private:
  Buffer bytes_;
  std::vector<Event> events_;
};

/// A file's bytes. kNotFound, kIo.
Result<Buffer> read_whole(const std::string& path);

}  // namespace tidegate::blockdev
