#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/result.hpp"

namespace tidegate {

/// A text with places for the levels of an MQTT topic: "sensors.{2}" of "site/boiler/temperature" is "sensors.boiler".
/// Levels count from 1 and are separated by '/'.
class LevelTemplate {
 public:
  /// kInvalid says what is wrong with the text.
  static Result<LevelTemplate> parse(std::string_view text);

  /// A level that the topic does not have, or that is empty, becomes `missing`.
  [[nodiscard]] std::string expand(std::string_view topic, std::string_view missing) const;

  /// Whether the topic has every level that is asked for, none of them empty.
  [[nodiscard]] bool fits(std::string_view topic) const;

  /// What stands between the places.
  [[nodiscard]] std::string literals() const;

 private:
  struct Part {
    std::string literal;
    std::size_t level = 0;  ///< 0: a literal.
  };
  std::vector<Part> parts_;
};

}  // namespace tidegate
