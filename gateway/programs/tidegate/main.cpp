// tidegate: the owner's command line. It reads the configuration and asks the running gateway, which
// it changes only by `resume`; of what it keeps only `store repair` and `store upgrade` change something.
#include <algorithm>
#include <array>
#include <cstdio>

#include "gateway/base/commands.hpp"
#include "gateway/base/version.hpp"
#include "gateway/programs/tidegate/commands.hpp"

namespace tidegate::cli {
namespace {

constexpr Option kConfig{"--config", "FILE", "configuration to read; drop-ins are conf.d/*.toml beside it"};
constexpr Option kTopic{"TOPIC", "", "the topic of a message, without wildcards"};
constexpr Option kUser{"--user", "NAME", "who publishes it (default: anybody)"};
constexpr Option kMosquittoConf{"FILE", "", "mosquitto's configuration, such as /etc/mosquitto/mosquitto.conf"};
constexpr Option kControl{"--control", "ADDR", "host:port of the gateway's control interface (default: as configured)"};
constexpr Option kCount{"--count", "N", "stop after N times (default: never)"};
constexpr Option kDirectory{"DIRECTORY", "", "where the store is (default: store.path of the configuration)"};
constexpr Option kJson{"--json", "", "as one JSON object"};
constexpr Option kStream{"--stream", "NAME",
                         "only this stream; without it all but state, which holds the gateway's own records of "
                         "sessions and times, not messages: their payloads are those of gateway/sessions/FORMAT.md"};
constexpr Option kAll{"--all", "", "also what is delivered already and still lies there"};
constexpr Option kYes{"--yes", "", "do it; without it nothing is changed"};
constexpr Option kStreams{"--streams", "NAMES", "names of the streams in order of their numbers, separated by commas"};
constexpr Option kMan{"--man", "", "as a page for man(1) rather than Markdown"};
constexpr Option kHelp{"--help", "", "show this"};

constexpr std::array kCheckOptions{kConfig, kHelp};
constexpr std::array kExplainOptions{kTopic, kUser, kConfig, kHelp};
constexpr std::array kImportOptions{kMosquittoConf, kHelp};
constexpr std::array kStatusOptions{kControl, kConfig, kHelp};
constexpr std::array kWatchOptions{kControl, kConfig, kCount, kHelp};
constexpr std::array kInspectOptions{kDirectory, kJson, kConfig, kHelp};
constexpr std::array kVerifyOptions{kDirectory, kConfig, kHelp};
constexpr std::array kRepairOptions{kDirectory, kYes, kStreams, kConfig, kHelp};
constexpr std::array kUpgradeOptions{kDirectory, kYes, kConfig, kHelp};
constexpr std::array kExportOptions{kDirectory, kStream, kAll, kConfig, kHelp};
constexpr std::array kManualOptions{kMan, kHelp};

constexpr std::array kCommands{
    Command{"check", "print the configuration in effect, or all its faults (exit status 78)", kCheckOptions, check},
    Command{"explain", "tell what would become of a message, and why (exit status 1: it would not be kept)",
            kExplainOptions, explain},
    Command{"import",
            "print mosquitto's configuration as Tidegate's, and on stderr each line that is not carried over (exit "
            "status 1: there are some)",
            kImportOptions, import_mosquitto},
    Command{"status", "show what the running gateway receives, keeps and delivers", kStatusOptions, status},
    Command{"watch", "show it every second", kWatchOptions, watch},
    Command{"resume", "carry messages upstream again, after a gateway that crashed three times has stopped doing so",
            kStatusOptions, resume},
    Command{"store inspect", "show what a store holds: manifest, streams, cursors, slots; a gateway may run on it",
            kInspectOptions, store_inspect},
    Command{"store verify",
            "read and check all of a store, and name what is rotten (exit status 1); a gateway may run on it",
            kVerifyOptions, store_verify},
    Command{"store repair",
            "say what is wrong with a store and can be helped (exit status 1: something is), and with --yes do it; no "
            "gateway may run on it then",
            kRepairOptions, store_repair},
    Command{
        "store upgrade",
        "say whether a store is of a format that an earlier version of Tidegate can read too (exit status 1: it is), "
        "and with --yes make it one of the newest, when there is no way back; no gateway may run on it then",
        kUpgradeOptions, store_upgrade},
    Command{"store export",
            "print the messages that are owed to an upstream, with their identity, one JSON object a line (exit status "
            "1: some could not be read); a gateway may run on the store",
            kExportOptions, store_export},
    Command{"manual", "print the manual of the configuration", kManualOptions, manual},
};
constexpr Program kProgram{
    .name = "tidegate",
    .summary = "the command line of the Tidegate gateway",
    .commands = kCommands,
    .more =
        "The default configuration is /etc/tidegate/tidegate.toml; one with faults ends a command with exit status "
        "78, except status, watch, resume and those of the store. What import prints opens nothing that mosquitto kept "
        "closed: where its users or its rules cannot be carried over, the listener is on loopback."};

void print(std::FILE* to, const std::string& text) { std::fwrite(text.data(), 1, text.size(), to); }

int misused(const std::string& why) {
  print(stderr, "tidegate: " + why + "\n");
  return kUsage;
}

/// A command's name is one word or two.
const Command* find_command(std::span<const std::string_view> words) {
  std::string name;
  for (const std::string_view word : words) name += (name.empty() ? "" : " ") + std::string(word);
  const auto found =
      std::find_if(kCommands.begin(), kCommands.end(), [&](const Command& known) { return known.name == name; });
  return found == kCommands.end() ? nullptr : &*found;
}

int run_command(const Command& command, std::span<const std::string_view> words) {
  const auto arguments = Arguments::parse(words, command.options);
  if (!arguments) return misused(arguments.error().message + "; see tidegate " + std::string(command.name) + " --help");
  if (!arguments->has("--help")) return command.run(*arguments);
  print(stdout, command_help(kProgram, command));
  return kSuccess;
}

int run(std::span<const std::string_view> words) {
  if (words.empty()) return misused("say what to do\n\n" + program_help(kProgram));
  if (words[0] == "--help" || words[0] == "-h" || words[0] == "help") {
    print(stdout, program_help(kProgram));
    return kSuccess;
  }
  if (words[0] == "--man") {
    print(stdout, to_man(program_manual(kProgram)));
    return kSuccess;
  }
  if (words[0] == "--version") {
    print(stdout, "tidegate " + std::string(kVersion) + "\n");
    return kSuccess;
  }
  for (std::size_t count = std::min<std::size_t>(2, words.size()); count > 0; --count) {
    const auto* command = find_command(words.first(count));
    if (command != nullptr) return run_command(*command, words.subspan(count));
  }
  return misused("no such command: " + std::string(words[0]) + "\n\n" + program_help(kProgram));
}

}  // namespace
}  // namespace tidegate::cli

int main(int count, char** words) {
  const std::vector<std::string_view> given(words + 1, words + std::max(count, 1));
  return tidegate::finish("tidegate", tidegate::cli::run(given));
}
