#include <google/protobuf/stubs/logging.h>
#include <pthread.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "gateway/base/address.hpp"
#include "gateway/base/text_file.hpp"
#include "gateway/base/version.hpp"
#include "gateway/programs/collector/commands.hpp"
#include "gateway/programs/collector/server.hpp"
#include "gateway/programs/tidegated/spdlog_events.hpp"

namespace tidegate::collector {
namespace {

/// Streams that do not end by themselves are cut after this.
constexpr std::chrono::milliseconds kStopGrace{500};

Result<ServerOptions> server_options(const Arguments& arguments) {
  Result<HostPort> listen = parse_host_port(arguments.get("--listen", "127.0.0.1:7070"));
  if (!listen.ok()) return Error{listen.error().kind, "--listen: " + listen.error().message};
  ServerOptions options{.listen = *std::move(listen), .certificate_pem = {}, .key_pem = {}};
  if (arguments.has("--cert") != arguments.has("--key"))
    return Error{ErrorKind::kInvalid, "--cert and --key belong together"};
  if (!arguments.has("--cert")) return options;
  SystemDisk disk;
  for (const auto& [option, pem] :
       {std::pair{"--cert", &options.certificate_pem}, std::pair{"--key", &options.key_pem}}) {
    Result<std::string> text = read_text_file(disk, arguments.get(option, ""));
    if (!text.ok()) return Error{text.error().kind, std::string(option) + ": " + text.error().message};
    *pem = *std::move(text);
  }
  return options;
}

// Whoever waits for the file never sees half of it.
Result<void> write_port_file(const std::string& path, const std::string& address) {
  const std::string draft = path + ".new";
  std::ofstream file(draft);
  file << "grpc " << address << '\n';
  file.close();
  std::error_code error;
  std::filesystem::rename(draft, path, error);
  if (file.fail() || error) return Error{ErrorKind::kIo, "cannot write " + path};
  return {};
}

/// SIGTERM, SIGINT and SIGHUP, kept from every thread that is started after this.
sigset_t block_stop_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

}  // namespace

int serve(const Arguments& arguments) {
  const sigset_t stop_signals = block_stop_signals();
  (void)std::signal(SIGPIPE, SIG_IGN);  // who reads its output may go away; that is no reason to die
  setenv("GRPC_VERBOSITY", "NONE", 0);  // what gRPC would print beside our log is said in words
  const SystemClock clock;
  tidegated::SpdlogEvents events(false, clock);
  // What it has to say about foreign bytes is said in the reason of the rejection.
  google::protobuf::SetLogHandler(nullptr);
  Result<ServerOptions> options = server_options(arguments);
  if (!options.ok()) return failed(options.error().message);
  Result<std::unique_ptr<Database>> database = Database::open(arguments.get(kDatabase.name, ""), clock);
  if (!database.ok()) return failed("cannot open the database " + database.error().message);
  Result<std::unique_ptr<Server>> server = Server::start(*options, **database, events);
  if (!server.ok()) return failed(server.error().message);

  const std::string address = to_string(HostPort{options->listen.host, (*server)->port()});
  if (arguments.has("--port-file"))
    if (const Result<void> written = write_port_file(arguments.get("--port-file", ""), address); !written.ok())
      return failed(written.error().message);
  if (options->certificate_pem.empty() && !is_loopback(options->listen.host))
    events.warning("collector.plain_text", {{"listen", address},
                                            {"why",
                                             "anybody on the way can read and change what gateways send: give --cert "
                                             "and --key, or listen on loopback behind something that encrypts"}});
  std::printf("listening on %s\n", address.c_str());
  std::fflush(stdout);
  events.info("collector.started", {{"version", kVersion}, {"listen", address}});

  int signal = 0;
  sigwait(&stop_signals, &signal);
  (*server)->stop(kStopGrace);
  events.info("collector.stopped");
  return 0;
}

}  // namespace tidegate::collector
