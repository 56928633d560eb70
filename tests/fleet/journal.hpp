#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

#include "gateway/base/result.hpp"

namespace tidegate::fleet {

/// What a sensor did with one message.
struct SentMessage {
  std::string topic;
  std::string payload;
  std::uint32_t times_sent = 0;
  bool acknowledged = false;
};

/// Writes a journal: a text line a message, in order of first sending, and a last line with their number, so that a
/// journal that is cut off is not taken for a short one. The stream outlives the writer and keeps the errors.
class JournalWriter {
 public:
  explicit JournalWriter(std::ostream& out);

  /// Topic and payload are without tabs and line ends, which JSON has only as escapes.
  void add(const SentMessage& message);
  /// Writes the last line.
  void finish();

 private:
  std::ostream& out_;
  std::uint64_t count_ = 0;
};

/// All messages of a journal, in order of first sending. kCorrupt says why it is none.
Result<std::vector<SentMessage>> read_journal(std::istream& in);

}  // namespace tidegate::fleet
