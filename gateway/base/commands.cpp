#include "gateway/base/commands.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

namespace tidegate {

std::string program_help(const Program& program) {
  const std::string name(program.name);
  const auto longest = std::max_element(program.commands.begin(), program.commands.end(),
                                        [](const auto& a, const auto& b) { return a.name.size() < b.name.size(); });
  std::string text = "usage: " + name + " COMMAND [OPTION]...\n\n";
  for (const Command& command : program.commands) {
    std::string line = "  " + std::string(command.name);
    line.resize(longest->name.size() + 5, ' ');
    text += line + std::string(command.summary) + "\n";
  }
  text += "\n`" + name + " COMMAND --help` tells more; `" + name + " --version` prints the version.\n";
  return program.more.empty() ? text : text + std::string(program.more) + "\n";
}

std::string command_help(const Program& program, const Command& command) {
  return "usage: " + std::string(program.name) + " " + std::string(command.name) + describe_usage(command.options) +
         "\n" + std::string(command.summary) + "\n\n" + describe_options(command.options);
}

int finish(std::string_view program, int status) {
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return status;
  std::fprintf(stderr, "%s: cannot write all of the output: %s\n", std::string(program).c_str(), std::strerror(errno));
  return status == 0 ? 1 : status;
}

Block describe(const Option& option) {
  const std::string value = option.value.empty() ? "" : " " + std::string(option.value);
  return {Block::Kind::kItem, std::string(option.doc) + ".", std::string(option.name) + value};
}

ManualPage program_manual(const Program& program) {
  using enum Block::Kind;
  const std::string name(program.name);
  ManualPage page{.name = program.name, .section = "1", .summary = program.summary};
  page.blocks = {{kHeading, "Synopsis"},
                 {kText, "`" + name + "` COMMAND [OPTION]..."},
                 {kText, "`" + name + " --help` | `--version` | `--man`"},
                 {kHeading, "Commands"}};
  if (!program.more.empty()) page.blocks.push_back({kText, std::string(program.more)});
  for (const Command& command : program.commands) {
    page.blocks.push_back({kSubheading, name + " " + std::string(command.name) + describe_usage(command.options)});
    page.blocks.push_back({kText, std::string(command.summary) + "."});
    for (const Option& option : command.options) page.blocks.push_back(describe(option));
  }
  page.blocks.insert(page.blocks.end(), {{kHeading, "Exit status"},
                                         {kItem, "Done.", "0"},
                                         {kItem, "It could not be done, or the answer is no.", "1"},
                                         {kItem, "The command line was not understood.", "2"}});
  return page;
}

}  // namespace tidegate
