#include "proto/mqtt/topic.hpp"

#include <cstdint>
#include <cstring>

#include "proto/mqtt/types.hpp"

namespace tidegate::mqtt {
namespace {

constexpr std::size_t kMaxTopicBytes = 65'535;

std::size_t plain_prefix(std::string_view text);
std::size_t sequence_length(std::string_view text);
bool level_is_valid(std::string_view level, bool last);

}  // namespace

bool valid_topic(std::string_view topic) {
  return !topic.empty() && topic.size() <= kMaxTopicBytes && topic.find('+') == std::string_view::npos &&
         topic.find('#') == std::string_view::npos && valid_utf8(topic);
}

bool valid_filter(std::string_view filter) {
  if (filter.empty() || filter.size() > kMaxTopicBytes || !valid_utf8(filter)) return false;
  for (bool last = false; !last;) {
    const std::string_view level = take_level(filter, last);
    if (!level_is_valid(level, last)) return false;
  }
  return true;
}

bool matches(std::string_view filter, std::string_view topic) {
  const bool begins_with_wildcard = filter.starts_with('+') || filter.starts_with('#');
  if (begins_with_wildcard && topic.starts_with('$')) return false;  // [MQTT-4.7.2-1]
  bool filter_ends = false;
  bool topic_ends = false;
  while (!filter_ends && !topic_ends) {
    const std::string_view wanted = take_level(filter, filter_ends);
    if (wanted == "#") return true;
    const std::string_view level = take_level(topic, topic_ends);
    if (wanted != "+" && wanted != level) return false;
  }
  // "sport/#" also matches "sport": '#' includes the parent level (section 4.7.1.2).
  return topic_ends && (filter_ends || filter == "#");
}

bool covers(std::string_view wider, std::string_view narrower) {
  const bool begins_with_wildcard = wider.starts_with('+') || wider.starts_with('#');
  if (begins_with_wildcard && narrower.starts_with('$')) return false;  // [MQTT-4.7.2-1]
  if (narrower == "#") narrower = "+/#";                                // the same: there is no topic without a level
  bool wider_ends = false;
  bool narrower_ends = false;
  while (!wider_ends && !narrower_ends) {
    const std::string_view wanted = take_level(wider, wider_ends);
    if (wanted == "#") return true;
    const std::string_view level = take_level(narrower, narrower_ends);
    if (level == "#" || (wanted != "+" && wanted != level)) return false;
  }
  return narrower_ends && (wider_ends || wider == "#");
}

std::string_view without_share(std::string_view filter) {
  if (!is_shared(filter)) return filter;
  bool last = false;
  take_level(filter, last);
  const std::string_view name = take_level(filter, last);
  const bool is_name = !name.empty() && name != "+" && name != "#";
  return is_name && !last ? filter : std::string_view();
}

std::optional<std::size_t> find_covering(std::span<const std::string_view> filters, std::size_t index) {
  const std::string_view narrower = filters[index];
  if (narrower.empty()) return std::nullopt;
  for (std::size_t i = 0; i < filters.size(); ++i) {
    if (i == index || filters[i].empty() || !covers(filters[i], narrower)) continue;
    if (i < index || !covers(narrower, filters[i])) return i;
  }
  return std::nullopt;
}

bool valid_utf8(std::string_view text) {
  for (text.remove_prefix(plain_prefix(text)); !text.empty(); text.remove_prefix(plain_prefix(text))) {
    const std::size_t length = sequence_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

namespace {

/// Length of the leading run of ASCII without U+0000: most topics are nothing else, so they are looked at eight bytes
/// at a time.
std::size_t plain_prefix(std::string_view text) {
  constexpr std::uint64_t kHighBits = 0x8080808080808080;
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  std::size_t at = 0;
  for (; text.size() - at >= sizeof(std::uint64_t); at += sizeof(std::uint64_t)) {
    std::uint64_t word;
    std::memcpy(&word, text.data() + at, sizeof word);
    // Subtracting one from each byte borrows into a high bit exactly when some byte is 0 or has its high bit set.
    if (((word | (word - kOnes)) & kHighBits) != 0) break;
  }
  while (at < text.size() && text[at] > '\0' && static_cast<unsigned char>(text[at]) < 0x80) ++at;
  return at;
}

/// Length of the well-formed multi-byte sequence at the front, 0 if there is none (Unicode 15.0, table 3-7). U+0000
/// lands here too and is none.
std::size_t sequence_length(std::string_view text) {
  const auto byte = [text](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const auto continues = [&byte](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
  const unsigned first = byte(0);
  if (first >= 0xC2 && first <= 0xDF) return continues(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    const unsigned low = first == 0xE0 ? 0xA0 : 0x80;   // else it were overlong
    const unsigned high = first == 0xED ? 0x9F : 0xBF;  // else it were a surrogate [MQTT-1.5.4-1]
    return byte(1) >= low && byte(1) <= high && continues(2) ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const unsigned low = first == 0xF0 ? 0x90 : 0x80;
    const unsigned high = first == 0xF4 ? 0x8F : 0xBF;  // else it were beyond U+10FFFF
    return byte(1) >= low && byte(1) <= high && continues(2) && continues(3) ? 4 : 0;
  }
  return 0;
}

bool level_is_valid(std::string_view level, bool last) {
  if (level == "#") return last;  // [MQTT-4.7.1-1]
  if (level == "+") return true;
  return level.find('#') == std::string_view::npos && level.find('+') == std::string_view::npos;  // [MQTT-4.7.1-2]
}

}  // namespace

std::string_view take_level(std::string_view& rest, bool& last) {
  const std::size_t slash = rest.find('/');
  last = slash == std::string_view::npos;
  const std::string_view level = rest.substr(0, slash);
  rest.remove_prefix(last ? rest.size() : slash + 1);
  return level;
}

}  // namespace tidegate::mqtt
