#pragma once

#include <span>
#include <string>
#include <string_view>

#include "gateway/base/arguments.hpp"
#include "gateway/base/manual_page.hpp"

namespace tidegate {

/// One command of a program.
struct Command {
  std::string_view name;
  std::string_view summary;
  std::span<const Option> options;
  int (*run)(const Arguments& arguments);  ///< Returns the exit status of the program.
};

/// A program that is told what to do by its first word.
struct Program {
  std::string_view name{};     ///< "tidegate"
  std::string_view summary{};  ///< Without a full stop.
  std::span<const Command> commands{};
  std::string_view more{};  ///< Sentences for the end of its help; empty: none.
};

/// What --help prints of the program, and of one of its commands.
std::string program_help(const Program& program);
std::string command_help(const Program& program, const Command& command);

/// For the end of main(): `status`, or 1 if not all that was printed has arrived (a full disk), which is said.
int finish(std::string_view program, int status);

/// An option as an item of a manual page.
Block describe(const Option& option);

/// The program's page in section 1 of the manual: the same, for man(1).
ManualPage program_manual(const Program& program);

}  // namespace tidegate
