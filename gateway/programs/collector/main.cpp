// tidegate-collector: takes in what gateways deliver over gRPC, keeps it in SQLite, and shows or exports it.
#include <algorithm>
#include <cstdio>

#include "gateway/base/commands.hpp"
#include "gateway/base/version.hpp"
#include "gateway/programs/collector/commands.hpp"

namespace tidegate::collector {
namespace {

constexpr std::array kCommands{
    Command{"serve", "take in messages from gateways until SIGTERM", kServeOptions, serve},
    Command{"list", "show gateways, their streams and how far each is", kListOptions, list},
    Command{"count", "print how many messages are held", kCountOptions, count},
    Command{"export", "print the messages with their identity", kExportOptions, export_messages},
};
constexpr Program kProgram{.name = "tidegate-collector",
                           .summary = "takes in what Tidegate gateways deliver, keeps and exports it",
                           .commands = kCommands};
constexpr int kMisused = 2;

void print(const std::string& text) { std::fwrite(text.data(), 1, text.size(), stdout); }

int run_command(const Command& command, std::span<const std::string_view> words) {
  const std::string usage = "tidegate-collector " + std::string(command.name);
  const Result<Arguments> arguments = Arguments::parse(words, command.options);
  if (!arguments.ok()) return failed(arguments.error().message + "; see " + usage + " --help", kMisused);
  if (arguments->has("--help")) return print(command_help(kProgram, command)), 0;
  if (!arguments->has(kDatabase.name)) return failed("say which database: --db FILE", kMisused);
  return command.run(*arguments);
}

int run(std::span<const std::string_view> words) {
  if (words.empty()) return failed("say what to do\n\n" + program_help(kProgram), kMisused);
  if (words[0] == "--help" || words[0] == "-h" || words[0] == "help") return print(program_help(kProgram)), 0;
  if (words[0] == "--man") return print(to_man(program_manual(kProgram))), 0;
  if (words[0] == "--version") return print("tidegate-collector " + std::string(kVersion) + "\n"), 0;
  const auto* const command =
      std::find_if(kCommands.begin(), kCommands.end(), [&](const Command& known) { return known.name == words[0]; });
  if (command == kCommands.end())
    return failed("no such command: " + std::string(words[0]) + "\n\n" + program_help(kProgram), kMisused);
  return run_command(*command, words.subspan(1));
}

}  // namespace

int failed(const std::string& why, int status) {
  std::fprintf(stderr, "tidegate-collector: %s\n", why.c_str());
  return status;
}

}  // namespace tidegate::collector

int main(int count, char** words) {
  const std::vector<std::string_view> given(words + 1, words + std::max(count, 1));
  return tidegate::finish("tidegate-collector", tidegate::collector::run(given));
}
