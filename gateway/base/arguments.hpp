#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/result.hpp"

namespace tidegate {

/// One option of a program or of one of its commands. Options are long (--config FILE or --config=FILE) and may be
/// given once. One whose name does not begin with "--" is an operand: a word that stands alone ("TOPIC").
struct Option {
  std::string_view name;   ///< "--config"
  std::string_view value;  ///< What follows it, as help names it ("FILE"); empty: nothing does.
  std::string_view doc;
};

/// The options that were given.
class Arguments {
 public:
  /// kInvalid names what is not understood: an unknown option, one without its value, one given twice, a stray word.
  static Result<Arguments> parse(std::span<const std::string_view> words, std::span<const Option> known);

  [[nodiscard]] bool has(std::string_view option) const { return values_.contains(option); }
  [[nodiscard]] std::string get(std::string_view option, std::string_view fallback) const;

 private:
  std::map<std::string, std::string, std::less<>> values_;
};

/// " TOPIC [OPTION]...": what follows a command in a usage line.
std::string describe_usage(std::span<const Option> options);

/// The options' lines of a help text.
std::string describe_options(std::span<const Option> options);

}  // namespace tidegate
