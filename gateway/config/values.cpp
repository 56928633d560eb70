#include "gateway/config/values.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "gateway/base/address.hpp"
#include "gateway/base/level_template.hpp"
#include "gateway/config/escape.hpp"
#include "gateway/config/units.hpp"

namespace tidegate::config {
namespace {

Error invalid(std::string message) { return {ErrorKind::kInvalid, std::move(message)}; }

/// A literal of the wrong type for its property.
Error not_expected(std::string_view expected, const Literal& literal) {
  constexpr std::array<std::string_view, 5> kFound{"text", "a whole number", "a fraction", "true or false", "a list"};
  const auto* other = std::get_if<OtherLiteral>(&literal);
  const std::string_view found = other != nullptr ? other->what : kFound[literal.index()];
  return invalid("must be " + std::string(expected) + ", not " + std::string(found));
}

Result<Value> read_text(const std::string& text) { return Value(text); }

Result<Value> read_name(const std::string& text) {
  if (!is_name(text)) return invalid("\"" + text + "\" must be 1 to 64 letters, digits, '-', '_' and '.'");
  return Value(text);
}

Result<Value> read_listen(const std::string& text) {
  const auto address = parse_host_port(text);
  if (!address) return address.error();
  if (!is_ip_address(address->host)) {
    return invalid("\"" + text + "\" is not numeric: write an address of this machine, 127.0.0.1, 0.0.0.0 or [::]");
  }
  return Value(text);
}

Result<Value> read_remote(const std::string& text) {
  const auto address = parse_host_port(text);
  if (!address) return address.error();
  if (address->port == 0) return invalid("\"" + text + "\" has port 0: write the port the other side listens on");
  return Value(text);
}

Result<Value> read_remotes(const std::string& text) {
  for (std::size_t from = 0; from <= text.size();) {
    const std::size_t comma = std::min(text.find(',', from), text.size());
    if (auto one = read_remote(text.substr(from, comma - from)); !one) return one.error();
    from = comma + 1;
  }
  return Value(text);
}

Result<Value> read_levels(const std::string& text) {
  const auto parsed = LevelTemplate::parse(text);
  if (!parsed) return parsed.error();
  return Value(text);
}

Result<Value> read_sasl(const std::string& text) {
  if (text == "PLAIN" || text == "SCRAM-SHA-256" || text == "SCRAM-SHA-512") return Value(text);
  return invalid("\"" + text + "\" must be \"PLAIN\", \"SCRAM-SHA-256\" or \"SCRAM-SHA-512\"");
}

Result<Value> read_path(const std::string& text) {
  if (!text.starts_with('/')) return invalid("\"" + text + "\" must be an absolute path, beginning with /");
  if (text.find('\0') != std::string::npos) return invalid("\"" + text + "\" has a zero byte, which no path may have");
  return Value(text);
}

Result<Value> read_when_full(const std::string& text) {
  if (text == "drop-oldest" || text == "refuse") return Value(text);
  return invalid("\"" + text + "\" must be \"drop-oldest\" or \"refuse\"");
}

Result<Value> read_compression(const std::string& text) {
  if (text == "none" || text == "zstd") return Value(text);
  return invalid("\"" + text + "\" must be \"none\" or \"zstd\"");
}

template <class Quantity>
Result<Value> lift(Result<Quantity> quantity) {
  if (!quantity) return quantity.error();
  return Value(*quantity);
}

Result<Value> read_size(const std::string& text) { return lift(parse_size(text)); }
Result<Value> read_duration(const std::string& text) { return lift(parse_duration_ms(text)); }
Result<Value> read_rate(const std::string& text) { return lift(parse_rate_per_s(text)); }

/// The kinds that are written as text.
struct TextKind {
  Kind kind;
  std::string_view expected;
  Result<Value> (*read)(const std::string& text);
};
constexpr std::array kTextKinds{
    TextKind{Kind::kText, "text", read_text},
    TextKind{Kind::kName, "a name such as \"gateway-7\"", read_name},
    TextKind{Kind::kListen, "an address such as \"127.0.0.1:1883\"", read_listen},
    TextKind{Kind::kRemote, "an address such as \"collector.example.com:7070\"", read_remote},
    TextKind{Kind::kRemotes, "addresses such as \"broker1:9093,broker2:9093\"", read_remotes},
    TextKind{Kind::kLevels, "a text such as \"sensors.{2}\"", read_levels},
    TextKind{Kind::kSasl, "a mechanism such as \"SCRAM-SHA-512\"", read_sasl},
    TextKind{Kind::kPath, "a path such as \"/etc/tidegate/users\"", read_path},
    TextKind{Kind::kSize, "a size in quotes such as \"500 MB\"", read_size},
    TextKind{Kind::kDuration, "a duration in quotes such as \"30 s\"", read_duration},
    TextKind{Kind::kRate, "a rate in quotes such as \"10/s\"", read_rate},
    TextKind{Kind::kWhenFull, "\"drop-oldest\" or \"refuse\"", read_when_full},
    TextKind{Kind::kCompression, "\"none\" or \"zstd\"", read_compression},
};

Result<Value> read_list(const Literal& literal) {
  const auto* elements = std::get_if<std::vector<Element>>(&literal);
  if (elements == nullptr) return not_expected("a list of texts such as [\"a\", \"b\"]", literal);
  std::vector<std::string> texts;
  for (const Element& element : *elements) texts.push_back(element.text);
  return Value(std::move(texts));
}

Result<Value> read_any(const Property& property, const Literal& literal) {
  switch (property.kind) {
    case Kind::kCount: {
      const auto* count = std::get_if<std::int64_t>(&literal);
      if (count == nullptr) return not_expected("a whole number such as 1000", literal);
      if (*count < 0) return invalid("must not be negative");
      return Value(static_cast<std::uint64_t>(*count));
    }
    case Kind::kFlag: {
      const auto* flag = std::get_if<bool>(&literal);
      if (flag == nullptr) return not_expected("true or false, without quotes", literal);
      return Value(*flag);
    }
    case Kind::kFilters:
    case Kind::kNames: return read_list(literal);
    case Kind::kNotOffered: return Error{ErrorKind::kUnsupported, std::string(property.doc)};
    default: break;
  }
  const auto* facts = std::find_if(kTextKinds.begin(), kTextKinds.end(),
                                   [&](const TextKind& known) { return known.kind == property.kind; });
  const auto* text = std::get_if<std::string>(&literal);
  if (text == nullptr) return not_expected(facts->expected, literal);
  if (text->empty() && !property.when_unset.empty()) return Value(*text);
  return facts->read(*text);
}

std::string format_bound(Kind kind, std::uint64_t bound) {
  if (kind == Kind::kSize) return format_size(bound);
  if (kind == Kind::kDuration) return format_duration_ms(bound);
  if (kind == Kind::kRate) return format_rate_per_s(static_cast<double>(bound));
  return std::to_string(bound);
}

/// The number that the bounds speak of, if the value has one.
std::optional<double> bounded_number(const Value& value) {
  if (const auto* whole = std::get_if<std::uint64_t>(&value)) return static_cast<double>(*whole);
  if (const auto* fraction = std::get_if<double>(&value)) return *fraction;
  if (const auto* list = std::get_if<std::vector<std::string>>(&value)) return static_cast<double>(list->size());
  return std::nullopt;
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return escape_controls(out) + "\"";
}

}  // namespace

Result<Value> read_value(const Property& property, const Literal& literal) {
  Result<Value> value = read_any(property, literal);
  if (!value) return value;
  const auto number = bounded_number(*value);
  if (!number) return value;
  const auto [min, max] = property.bounds;
  if (*number >= static_cast<double>(min) && *number <= static_cast<double>(max)) return value;
  const bool is_list = std::holds_alternative<std::vector<std::string>>(*value);
  return invalid((is_list ? "must have " : "must be from ") + format_bounds(property));
}

std::string format_bounds(const Property& property) {
  const auto [min, max] = property.bounds;
  if (max == Bounds{}.max) return {};
  const std::string range = format_bound(property.kind, min) + " to " + format_bound(property.kind, max);
  return property.kind == Kind::kFilters || property.kind == Kind::kNames ? range + " elements" : range;
}

std::string format_value(const Property& property, const Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return quoted(*text);
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  if (const auto* list = std::get_if<std::vector<std::string>>(&value)) {
    std::string out;
    for (const std::string& element : *list) out += (out.empty() ? "" : ", ") + quoted(element);
    return "[" + out + "]";
  }
  if (const auto* number = std::get_if<double>(&value)) {
    return property.kind == Kind::kRate ? quoted(format_rate_per_s(*number)) : format_number(*number);
  }
  const std::uint64_t number = std::get<std::uint64_t>(value);
  return property.kind == Kind::kCount ? std::to_string(number) : quoted(format_bound(property.kind, number));
}

bool is_unset(const Property& property, const Value& value) {
  if (property.when_unset.empty()) return false;
  if (const auto* text = std::get_if<std::string>(&value)) return text->empty();
  return bounded_number(value) == 0.0;
}

bool is_name(std::string_view text) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.';
  };
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), fits);
}

}  // namespace tidegate::config
