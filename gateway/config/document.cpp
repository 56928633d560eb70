#include "gateway/config/document.hpp"

#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

#include <algorithm>
#include <tuple>

namespace tidegate::config {
namespace {

/// Turns toml++'s tables, which are sorted by key, into entries in the order of the file.
class Flattener {
 public:
  explicit Flattener(std::string file) : file_(std::move(file)) {}

  std::vector<Entry> run(const toml::table& root) {
    for (const auto& [key, node] : root) {
      const std::string section = name_of(key);
      if (const auto* table = node.as_table()) {
        add_section(section, *table);
      } else {
        add({.section = {},
             .name = {},
             .key = section,
             .literal = literal(node),
             .key_place = place(key.source()),
             .place = place(node.source())});
      }
    }
    std::stable_sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) {
      return std::tie(a.key_place.line, a.key_place.column) < std::tie(b.key_place.line, b.key_place.column);
    });
    return std::move(entries_);
  }

 private:
  /// [section] and every [section.name] in it.
  void add_section(const std::string& section, const toml::table& table) {
    add_table(section, {}, table.source());
    for (const auto& [key, node] : table) {
      const auto* inner = node.as_table();
      if (inner == nullptr) {
        add_value(section, {}, key, node);
        continue;
      }
      const std::string name = name_of(key);
      add_table(section, name, key.source());
      for (const auto& [inner_key, inner_node] : *inner) add_value(section, name, inner_key, inner_node);
    }
  }

  void add_table(const std::string& section, const std::string& name, const toml::source_region& source) {
    add({.section = section,
         .name = name,
         .key = {},
         .literal = OtherLiteral{"a table"},
         .key_place = place(source),
         .place = place(source)});
  }

  void add_value(const std::string& section, const std::string& name, const toml::key& key, const toml::node& node) {
    add({.section = section,
         .name = name,
         .key = name_of(key),
         .literal = literal(node),
         .key_place = place(key.source()),
         .place = place(node.source())});
  }

  /// TOML allows "" as a key; to us an empty name is no name.
  static std::string name_of(const toml::key& key) { return key.empty() ? "\"\"" : std::string(key.str()); }

  void add(Entry entry) { entries_.push_back(std::move(entry)); }

  Literal literal(const toml::node& node) const {
    if (const auto* text = node.as_string()) return text->get();
    if (const auto* number = node.as_integer()) return number->get();
    if (const auto* number = node.as_floating_point()) return number->get();
    if (const auto* flag = node.as_boolean()) return flag->get();
    if (const auto* array = node.as_array()) return texts(*array);
    return OtherLiteral{node.is_table() ? "a table" : "a date or time"};
  }

  Literal texts(const toml::array& array) const {
    std::vector<Element> elements;
    for (const toml::node& node : array) {
      const auto* text = node.as_string();
      if (text == nullptr) return OtherLiteral{"an array of something else than text"};
      elements.push_back({text->get(), place(node.source())});
    }
    return elements;
  }

  Place place(const toml::source_region& source) const { return {file_, source.begin.line, source.begin.column}; }

  std::string file_;
  std::vector<Entry> entries_;
};

}  // namespace

Document read_document(std::string_view text, const std::string& file_name) {
  const toml::parse_result parsed = toml::parse(text, file_name);
  if (!parsed) {
    const toml::source_position at = parsed.error().source().begin;
    return {.entries = {},
            .faults = {{file_name, at.line, at.column, "not TOML: " + std::string(parsed.error().description())}}};
  }
  return {.entries = Flattener(file_name).run(parsed.table()), .faults = {}};
}

}  // namespace tidegate::config
