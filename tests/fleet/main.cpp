// tidegate-fleet: replays real readings through many MQTT connections, remembers what was acknowledged, and compares
// it with what a collector holds.
#include <array>
#include <cstdio>
#include <fstream>
#include <span>
#include <string>
#include <vector>

#include "gateway/base/version.hpp"
#include "tests/fleet/export.hpp"
#include "tests/fleet/run_options.hpp"

namespace tidegate::fleet {
namespace {

constexpr int kFaultFound = 1;
constexpr int kUsage = 2;

constexpr std::array kVerifyOptions{
    Option{"--journal", "FILE", "what `tidegate-fleet run` wrote"},
    Option{"--export", "FILE", "what `tidegate-collector export --format jsonl` wrote"},
    Option{"--help", "", "show this"},
};

constexpr const char* kHelp = R"(usage: tidegate-fleet COMMAND [OPTION]...

  run     simulate sensors: each an MQTT connection that publishes readings at QoS 1 on sensors/<device>
  verify  compare, byte for byte, what sensors had acknowledged with what a collector holds; exit status 1 if an
          acknowledged message is not there (lost), an identity is there twice or a message more often than it was
          sent (doubled), first occurrences of a sensor are out of order (reordered), or something is there that
          was never sent (invented)

`tidegate-fleet COMMAND --help` tells more; `tidegate-fleet --version` prints the version.
)";

using Words = std::span<const std::string_view>;

int run_sensors(const Arguments& arguments);
int verify_files(const Arguments& arguments);
int run_command(Words words, std::span<const Option> options, int (*command)(const Arguments&));
int complain(const std::string& why, int status);

int run(Words words) {
  const std::string_view command = words.empty() ? std::string_view("--help") : words[0];
  if (command == "run") return run_command(words.subspan(1), run_option_table(), run_sensors);
  if (command == "verify") return run_command(words.subspan(1), kVerifyOptions, verify_files);
  if (command == "--version") return std::printf("tidegate-fleet %s\n", std::string(kVersion).c_str()) < 0;
  if (command == "--help" || command == "-h") return std::fputs(kHelp, stdout) < 0;
  return complain("no such command: " + std::string(command), kUsage);
}

int run_sensors(const Arguments& arguments) {
  const auto options = read_run_options(arguments);
  if (!options) return complain(options.error().message, kUsage);
  const auto series = load_series(options->data);
  if (!series) return complain(series.error().message, kUsage);

  const std::vector<Device> devices = make_devices(*series, options->sensors);
  const SystemClock clock;
  Fleet fleet(options->fleet, devices, clock);
  fleet.run();
  const auto written = fleet.ledger().write_journal(options->journal, devices);
  return written ? 0 : complain(written.error().message, kFaultFound);
}

int verify_files(const Arguments& arguments) {
  std::ifstream journal(arguments.get("--journal", ""), std::ios::binary);
  std::ifstream exported(arguments.get("--export", ""), std::ios::binary);
  if (!journal || !exported) return complain("cannot read --journal or --export", kUsage);
  const auto verdict = verify(journal, exported);
  if (!verdict) return complain(verdict.error().message, kFaultFound);
  for (const std::string& example : verdict->examples) std::fprintf(stderr, "%s\n", example.c_str());
  std::printf("%s\n", to_string(*verdict).c_str());
  return verdict->good() ? 0 : kFaultFound;
}

int run_command(Words words, std::span<const Option> options, int (*command)(const Arguments&)) {
  const auto arguments = Arguments::parse(words, options);
  if (!arguments) return complain(arguments.error().message, kUsage);
  if (arguments->has("--help")) return std::fputs(describe_options(options).c_str(), stdout) < 0;
  return command(*arguments);
}

int complain(const std::string& why, int status) {
  std::fprintf(stderr, "tidegate-fleet: %s\n", why.c_str());
  return status;
}

}  // namespace
}  // namespace tidegate::fleet

int main(int argc, char** argv) {
  const std::vector<std::string_view> words(argv + 1, argv + argc);
  return tidegate::fleet::run(words);
}
