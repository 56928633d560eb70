#include "tests/fleet/journal.hpp"

#include <charconv>
#include <istream>
#include <ostream>
#include <string_view>
#include <utility>

namespace tidegate::fleet {
namespace {

constexpr std::string_view kHeader = "tidegate-fleet journal 1";
constexpr std::string_view kEnd = "end\t";

Result<SentMessage> parse_line(std::string_view line);
std::string_view take_field(std::string_view& line);

}  // namespace

JournalWriter::JournalWriter(std::ostream& out) : out_(out) { out_ << kHeader << '\n'; }

void JournalWriter::add(const SentMessage& message) {
  out_ << message.times_sent << '\t' << (message.acknowledged ? '1' : '0') << '\t' << message.topic << '\t'
       << message.payload << '\n';
  ++count_;
}

void JournalWriter::finish() { out_ << kEnd << count_ << '\n'; }

Result<std::vector<SentMessage>> read_journal(std::istream& in) {
  std::string line;
  if (!std::getline(in, line) || line != kHeader) return Error{ErrorKind::kCorrupt, "not a journal of tidegate-fleet"};

  std::vector<SentMessage> messages;
  while (std::getline(in, line)) {
    if (line == std::string(kEnd) + std::to_string(messages.size())) return messages;
    auto message = parse_line(line);
    if (!message) return message.error();
    messages.push_back(*std::move(message));
  }
  return Error{ErrorKind::kCorrupt, "the journal is cut off"};
}

namespace {

Result<SentMessage> parse_line(std::string_view line) {
  SentMessage message;
  const std::string_view sent = take_field(line);
  const auto parsed = std::from_chars(sent.data(), sent.data() + sent.size(), message.times_sent);
  const std::string_view acknowledged = take_field(line);
  message.topic = take_field(line);
  message.payload = line;
  if (parsed.ec != std::errc{} || parsed.ptr != sent.data() + sent.size() || message.topic.empty() ||
      (acknowledged != "0" && acknowledged != "1")) {
    return Error{ErrorKind::kCorrupt, "the journal has a line that is no message"};
  }
  message.acknowledged = acknowledged == "1";
  return message;
}

std::string_view take_field(std::string_view& line) {
  const std::size_t end = line.find('\t');
  const std::string_view field = line.substr(0, end);
  line = end == std::string_view::npos ? std::string_view{} : line.substr(end + 1);
  return field;
}

}  // namespace
}  // namespace tidegate::fleet
