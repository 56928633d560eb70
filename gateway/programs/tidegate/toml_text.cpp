#include "gateway/programs/tidegate/toml_text.hpp"

#include <algorithm>

#include "gateway/programs/tidegate/printable.hpp"
#include "proto/mqtt/topic.hpp"

namespace tidegate::cli {

std::string toml_quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '\t') {
      out += "\\t";
      continue;
    }
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

std::string toml_list(const std::vector<std::string>& texts) {
  std::string list;
  for (const std::string& text : texts) list += (list.empty() ? "" : ", ") + toml_quoted(text);
  return "[" + list + "]";
}

std::string toml_key(std::string_view name) {
  return name.find('.') == std::string_view::npos ? std::string(name) : toml_quoted(name);
}

std::string toml_line(std::string_view key, std::string_view value, const ConfLine& from) {
  constexpr std::size_t kColumn = 48;
  std::string line = std::string(key) + " = " + std::string(value);
  if (from.key.empty()) return line + "\n";
  line.resize(std::max(kColumn, line.size() + 2), ' ');
  const std::string file = mqtt::valid_utf8(from.file) ? printable(from.file) : "(its name is not UTF-8)";
  return line + "# " + file + ":" + std::to_string(from.line) + "\n";
}

}  // namespace tidegate::cli
