// tidegated: reads its configuration, builds the gateway, runs it until SIGTERM.

#include <sys/resource.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <utility>

#include "gateway/base/version.hpp"
#include "gateway/programs/tidegated/configuration.hpp"
#include "gateway/programs/tidegated/gateway.hpp"
#include "gateway/programs/tidegated/options.hpp"
#include "gateway/programs/tidegated/spdlog_events.hpp"

namespace tidegate::tidegated {
namespace {

int complain(const std::string& message, int status) {
  std::fprintf(stderr, "tidegated: %s\n", message.c_str());
  return status;
}

// Whoever waits for the file never sees half of it.
Result<void> write_port_file(const std::string& path, const Gateway& gateway) {
  const std::string draft = path + ".new";
  {
    std::ofstream file(draft);
    if (!gateway.mqtt_address().empty()) file << "mqtt " << gateway.mqtt_address() << '\n';
    file << "control " << gateway.control_address() << '\n';
    if (!file.flush()) return Error{ErrorKind::kIo, "cannot write " + draft};
  }
  std::error_code error;
  std::filesystem::rename(draft, path, error);
  if (error) return Error{ErrorKind::kIo, "cannot write " + path + ": " + error.message()};
  return {};
}

// Who reads its output may go away; that is no reason to die.
void ignore_closed_pipes() { (void)std::signal(SIGPIPE, SIG_IGN); }

// A connection is a descriptor; the soft limit of a shell is often 1,024.
void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  (void)setrlimit(RLIMIT_NOFILE, &limit);
}

Result<Gateway::Ending> run_once(const Options& options, Configuration configuration, EventLog& events) {
  Gateway gateway(std::move(configuration.loaded.config), options.config, std::move(configuration.users), events);
  if (auto opened = gateway.open(); !opened) return opened.error();
  if (!options.port_file.empty()) {
    if (auto written = write_port_file(options.port_file, gateway); !written) {
      (void)gateway.close();
      return written.error();
    }
  }
  events.info("gateway.started", {{"version", kVersion}});
  return gateway.run();
}

int run(const Options& options, Configuration configuration) {
  ignore_closed_pipes();
  raise_descriptor_limit();
  setenv("GRPC_VERBOSITY", "NONE", 0);  // what gRPC would print beside our log is in upstream.away, in words
  const SystemClock clock;
  SpdlogEvents events(options.debug, clock);
  SystemDisk disk;
  while (true) {
    const auto ending = run_once(options, std::move(configuration), events);
    if (!ending) return complain(ending.error().message, 1);
    if (*ending == Gateway::Ending::kStopped) return 0;
    configuration = read_configuration(options.config, disk);
    print_faults(configuration.loaded);
    if (!configuration.loaded.faults.empty()) return config::kBadConfigurationExit;
  }
}

int main(const std::vector<std::string>& arguments) {
  const auto options = parse_options(arguments);
  if (!options) return complain(options.error().message, 2);
  if (options->act == Options::Act::kHelp) return std::fputs(help().c_str(), stdout), 0;
  if (options->act == Options::Act::kManual) return std::fputs(to_man(manual()).c_str(), stdout), 0;
  if (options->act == Options::Act::kVersion) return std::printf("tidegated %s\n", std::string(kVersion).c_str()), 0;

  SystemDisk disk;
  Configuration configuration = read_configuration(options->config, disk);
  print_faults(configuration.loaded);
  if (!configuration.loaded.faults.empty()) return config::kBadConfigurationExit;
  if (options->act == Options::Act::kCheck) return 0;
  return run(*options, std::move(configuration));
}

}  // namespace
}  // namespace tidegate::tidegated

int main(int argc, char** argv) { return tidegate::tidegated::main({argv + 1, argv + argc}); }
