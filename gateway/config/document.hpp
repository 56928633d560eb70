#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "gateway/config/config.hpp"

namespace tidegate::config {

inline Fault fault_at(const Place& place, std::string message) {
  return {place.file, place.line, place.column, std::move(message)};
}

/// An element of an array of texts.
struct Element {
  std::string text;
  Place place;
};

/// A value that no property takes (a date, a table, a mixed array); named for the message.
struct OtherLiteral {
  std::string_view what;
};

using Literal = std::variant<std::string, std::int64_t, double, bool, std::vector<Element>, OtherLiteral>;

/// One line of meaning: `key = literal` inside [section] or [section.name], or, with an empty key, the table itself.
struct Entry {
  std::string section;  ///< Empty: the line stands before the first table.
  std::string name;     ///< Empty: the table has none.
  std::string key;      ///< Empty: only the table is there.
  Literal literal;
  Place key_place;
  Place place;  ///< Of the value.
};

/// A TOML file as the lines of meaning in it, in their order: the order of streams is theirs.
struct Document {
  std::vector<Entry> entries;
  std::vector<Fault> faults;  ///< At most one: the reader stops at the first offence against TOML itself.
};

Document read_document(std::string_view text, const std::string& file_name);

}  // namespace tidegate::config
