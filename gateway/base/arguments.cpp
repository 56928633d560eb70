#include "gateway/base/arguments.hpp"

#include <algorithm>

namespace tidegate {
namespace {

bool is_operand(const Option& option) { return !option.name.starts_with("--"); }

auto find_operand(std::span<const Option> options) { return std::find_if(options.begin(), options.end(), is_operand); }

}  // namespace

Result<Arguments> Arguments::parse(std::span<const std::string_view> words, std::span<const Option> known) {
  const auto wrong = [](std::string_view word, std::string_view what) {
    return Error{ErrorKind::kInvalid, "\"" + std::string(word) + "\" " + std::string(what)};
  };
  Arguments arguments;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::size_t equals = words[i].find('=');
    const std::string_view name = words[i].substr(0, equals);
    const auto option = std::find_if(known.begin(), known.end(), [&](const Option& candidate) {
      return !is_operand(candidate) && candidate.name == name;
    });
    if (option == known.end()) {
      const auto operand = words[i].starts_with("--") ? known.end() : find_operand(known);
      if (operand == known.end()) return wrong(words[i], "is not an option of this command");
      if (!arguments.values_.emplace(operand->name, words[i]).second) {
        return wrong(words[i], "is one word too many: there is a " + std::string(operand->name) + " already");
      }
      continue;
    }

    std::string_view value;
    if (equals != std::string_view::npos) value = words[i].substr(equals + 1);
    if (option->value.empty() && equals != std::string_view::npos) return wrong(name, "takes no value");
    if (!option->value.empty() && equals == std::string_view::npos) {
      if (i + 1 == words.size()) return wrong(name, "needs a value: " + std::string(option->value));
      value = words[++i];
    }
    if (!arguments.values_.emplace(name, value).second) return wrong(name, "is given twice");
  }
  return arguments;
}

std::string Arguments::get(std::string_view option, std::string_view fallback) const {
  const auto found = values_.find(option);
  return found == values_.end() ? std::string(fallback) : found->second;
}

std::string describe_usage(std::span<const Option> options) {
  const auto operand = find_operand(options);
  return (operand == options.end() ? "" : " " + std::string(operand->name)) + " [OPTION]...";
}

std::string describe_options(std::span<const Option> options) {
  constexpr std::size_t kColumn = 24;
  std::string text;
  for (const Option& option : options) {
    std::string line = "  " + std::string(option.name) + (option.value.empty() ? "" : " ") + std::string(option.value);
    line.resize(std::max(kColumn, line.size() + 1), ' ');
    text += line + std::string(option.doc) + "\n";
  }
  return text;
}

}  // namespace tidegate
