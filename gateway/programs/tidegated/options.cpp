#include "gateway/programs/tidegated/options.hpp"

#include <array>

#include "gateway/base/commands.hpp"

namespace tidegate::tidegated {
namespace {

constexpr std::array kOptions{
    Option{"--config", "FILE",
           "configuration (default /etc/tidegate/tidegate.toml); conf.d/*.toml beside it are read after it"},
    Option{"--port-file", "FILE",
           "write the addresses in use there once they are: 'mqtt ADDRESS:PORT', 'control ADDRESS:PORT'"},
    Option{"--check", "", "print every fault of the configuration and exit: 0 none, 78 some"},
    Option{"--debug", "", "log each message"},
    Option{"--help", "", "show this"},
    Option{"--version", "", "print the version"},
    Option{"--man", "", "print the manual page, for man(1)"},
};
constexpr std::string_view kSummary =
    "takes in sensors over MQTT, keeps every acknowledged message, carries it upstream";
constexpr std::string_view kStopping =
    "SIGTERM, SIGINT and SIGHUP stop it cleanly: everything received is durable, cursors are saved. Nothing is "
    "reloaded "
    "yet: start it again after a change of the configuration. Exit status 78: bad configuration.";

Options::Act act_of(const Arguments& arguments) {
  if (arguments.has("--help")) return Options::Act::kHelp;
  if (arguments.has("--man")) return Options::Act::kManual;
  if (arguments.has("--version")) return Options::Act::kVersion;
  return arguments.has("--check") ? Options::Act::kCheck : Options::Act::kRun;
}

}  // namespace

Result<Options> parse_options(const std::vector<std::string>& arguments) {
  std::vector<std::string_view> words(arguments.begin(), arguments.end());
  for (std::string_view& word : words)
    if (word == "-h") word = "--help";
  const auto parsed = Arguments::parse(words, kOptions);
  if (!parsed) return Error{ErrorKind::kInvalid, parsed.error().message + "; see tidegated --help"};
  return Options{.act = act_of(*parsed),
                 .config = parsed->get("--config", "/etc/tidegate/tidegate.toml"),
                 .port_file = parsed->get("--port-file", ""),
                 .debug = parsed->has("--debug")};
}

std::string help() {
  return "tidegated: " + std::string(kSummary) + ".\n\nusage: tidegated [OPTION]...\n\n" + describe_options(kOptions) +
         "\n" + std::string(kStopping) + "\n";
}

ManualPage manual() {
  using enum Block::Kind;
  ManualPage page{.name = "tidegated", .section = "8", .summary = kSummary};
  page.blocks = {{kHeading, "Synopsis"},
                 {kText, "`tidegated` [OPTION]..."},
                 {kHeading, "Description"},
                 {kText, std::string(kStopping)},
                 {kText,
                  "The configuration is described in tidegate.toml(5); tidegate(1) checks it and shows what the "
                  "running gateway does."},
                 {kHeading, "Options"}};
  for (const Option& option : kOptions) page.blocks.push_back(describe(option));
  page.blocks.insert(page.blocks.end(), {{kHeading, "Exit status"},
                                         {kItem, "It was stopped, and everything received is durable.", "0"},
                                         {kItem, "It could not start, or not go on; the log says why.", "1"},
                                         {kItem, "The command line was not understood.", "2"},
                                         {kItem, "The configuration has faults: to try again is of no use.", "78"}});
  return page;
}

}  // namespace tidegate::tidegated
