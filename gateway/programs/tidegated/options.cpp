#include "gateway/programs/tidegated/options.hpp"

namespace tidegate::tidegated {

const char* const kHelp =
    "tidegated: takes in sensors over MQTT, keeps every acknowledged message, carries it upstream.\n"
    "\n"
    "usage: tidegated [--config FILE] [--port-file FILE] [--debug]\n"
    "       tidegated --check [--config FILE]\n"
    "\n"
    "  --config FILE     configuration (default /etc/tidegate/tidegate.toml); conf.d/*.toml beside it are read after "
    "it\n"
    "  --port-file FILE  write the addresses in use there once they are: 'mqtt ADDRESS:PORT', 'control ADDRESS:PORT'\n"
    "  --check           print every fault of the configuration and exit: 0 none, 78 some\n"
    "  --debug           log each message\n"
    "  --help, --version\n"
    "\n"
    "SIGTERM stops it cleanly: everything received is durable, cursors are saved. Exit status 78: bad configuration.\n";

Result<Options> parse_options(const std::vector<std::string>& arguments) {
  Options options;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& word = arguments[i];
    if (word == "--help" || word == "-h") {
      options.act = Options::Act::kHelp;
    } else if (word == "--version") {
      options.act = Options::Act::kVersion;
    } else if (word == "--check") {
      options.act = Options::Act::kCheck;
    } else if (word == "--debug") {
      options.debug = true;
    } else if (word == "--config" || word == "--port-file") {
      if (i + 1 == arguments.size()) return Error{ErrorKind::kInvalid, word + " needs a file; see tidegated --help"};
      (word == "--config" ? options.config : options.port_file) = arguments[++i];
    } else {
      return Error{ErrorKind::kInvalid, "unknown argument '" + word + "'; see tidegated --help"};
    }
  }
  return options;
}

}  // namespace tidegate::tidegated
