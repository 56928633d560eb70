#include "gateway/base/level_template.hpp"

#include <algorithm>
#include <charconv>

namespace tidegate {
namespace {

constexpr std::size_t kMaxLevel = 99;

/// The level of a topic, counted from 1; empty if there is none.
std::string_view level_of(std::string_view topic, std::size_t level) {
  for (; level > 1; --level) {
    const std::size_t slash = topic.find('/');
    if (slash == std::string_view::npos) return {};
    topic.remove_prefix(slash + 1);
  }
  return topic.substr(0, topic.find('/'));
}

}  // namespace

Result<LevelTemplate> LevelTemplate::parse(std::string_view text) {
  LevelTemplate parsed;
  const std::string quoted = "\"" + std::string(text) + "\"";
  while (!text.empty()) {
    const std::size_t open = text.find_first_of("{}");
    if (open != 0) parsed.parts_.push_back({std::string(text.substr(0, open)), 0});
    if (open == std::string_view::npos) break;
    const std::size_t close = text.find('}', open);
    std::size_t level = 0;
    if (close != std::string_view::npos && text[open] == '{') {
      const char* const end = text.data() + close;
      if (std::from_chars(text.data() + open + 1, end, level).ptr != end) level = 0;
    }
    if (level == 0 || level > kMaxLevel)
      return Error{ErrorKind::kInvalid, quoted + " must name levels of the MQTT topic as {1} to {99}"};
    parsed.parts_.push_back({{}, level});
    text.remove_prefix(close + 1);
  }
  return parsed;
}

std::string LevelTemplate::expand(std::string_view topic, std::string_view missing) const {
  std::string text;
  for (const Part& part : parts_) {
    if (part.level == 0) {
      text += part.literal;
      continue;
    }
    const std::string_view level = level_of(topic, part.level);
    text += level.empty() ? missing : level;
  }
  return text;
}

bool LevelTemplate::fits(std::string_view topic) const {
  return std::all_of(parts_.begin(), parts_.end(),
                     [topic](const Part& part) { return part.level == 0 || !level_of(topic, part.level).empty(); });
}

std::string LevelTemplate::literals() const {
  std::string text;
  for (const Part& part : parts_) text += part.literal;
  return text;
}

}  // namespace tidegate
