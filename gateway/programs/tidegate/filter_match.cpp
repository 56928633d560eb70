#include "gateway/programs/tidegate/filter_match.hpp"

#include <algorithm>
#include <vector>

namespace tidegate::cli {
namespace {

std::vector<std::string_view> levels_of(std::string_view text) {
  std::vector<std::string_view> levels;
  for (std::size_t from = 0; from <= text.size();) {
    const std::size_t slash = std::min(text.find('/', from), text.size());
    levels.push_back(text.substr(from, slash - from));
    from = slash + 1;
  }
  return levels;
}

std::string quoted(std::string_view text) { return "\"" + std::string(text) + "\""; }

std::string count_of_levels(std::size_t count) { return std::to_string(count) + (count == 1 ? " level" : " levels"); }

}  // namespace

Mismatch mismatch(std::string_view filter, std::string_view topic) {
  const auto wanted = levels_of(filter);
  const auto found = levels_of(topic);
  const bool is_open = wanted.back() == "#";
  const std::size_t named = wanted.size() - (is_open ? 1 : 0);
  const bool is_hidden = topic.starts_with('$') && (wanted[0] == "+" || wanted[0] == "#");  // [MQTT-4.7.2-1]

  Mismatch mismatch;
  if (is_hidden) mismatch.why = "a topic that begins with $ is taken only by a filter that begins with it too";
  for (std::size_t i = 0; i < found.size(); ++i) {
    const bool fits_any = i < named && wanted[i] == "+" && !(is_hidden && i == 0);
    const bool fits = fits_any || (i < named && wanted[i] == found[i]);
    mismatch.fitting += fits ? 1 : 0;
    mismatch.idea += (i == 0 ? "" : "/") + std::string(fits_any ? "+" : found[i]);
    if (!fits && i < named && mismatch.why.empty()) {
      mismatch.why = "level " + std::to_string(i + 1) + " is " + quoted(found[i]) + ", not " + quoted(wanted[i]);
    }
  }
  if (mismatch.why.empty()) {
    mismatch.why = "it takes " + std::string(is_open ? "at least " : "") + count_of_levels(named) + ", the topic has " +
                   std::to_string(found.size());
  }
  return mismatch;
}

}  // namespace tidegate::cli
