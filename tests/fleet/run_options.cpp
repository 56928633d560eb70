#include "tests/fleet/run_options.hpp"

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <charconv>

#include "gateway/base/address.hpp"

namespace tidegate::fleet {
namespace {

constexpr std::array kOptions{
    Option{"--to", "HOST:PORT", "the MQTT server"},
    Option{"--data", "DIR", "where motes.csv and seattle-weather.csv are"},
    Option{"--journal", "FILE", "written at the end: each message, how often it was sent, whether acknowledged"},
    Option{"--sensors", "N", "sensors, each with a connection of its own (default 100)"},
    Option{"--seconds", "S", "how long they measure (default 20)"},
    Option{"--rate", "R", "messages a second of one sensor (default 10); 0: as fast as the window allows"},
    Option{"--window", "N", "messages of one sensor sent and not acknowledged, at most (default 20)"},
    Option{"--drain", "S", "at the end: wait for what is not acknowledged, at most (default 30)"},
    Option{"--mqtt", "V", "version of MQTT, 5 or 3.1.1 (default 5)"},
    Option{"--status", "", "print a line of JSON a second"},
    Option{"--help", "", "show this"},
};

/// Reads numbers from arguments and keeps the first fault.
class Numbers {
 public:
  explicit Numbers(const Arguments& arguments) : arguments_(arguments) {}

  double get(std::string_view option, double preset, double least, double most);
  std::chrono::milliseconds seconds(std::string_view option, double preset) {
    return std::chrono::milliseconds(static_cast<std::int64_t>(get(option, preset, 0, 1e7) * 1000));
  }
  [[nodiscard]] const Result<void>& outcome() const { return outcome_; }

 private:
  const Arguments& arguments_;
  Result<void> outcome_;
};

Result<boost::asio::ip::tcp::endpoint> look_up(const std::string& host_and_port);

}  // namespace

std::span<const Option> run_option_table() { return kOptions; }

Result<RunOptions> read_run_options(const Arguments& arguments) {
  for (const char* required : {"--to", "--data", "--journal"}) {
    if (!arguments.has(required)) return Error{ErrorKind::kInvalid, std::string(required) + " is missing"};
  }
  RunOptions run;
  run.data = arguments.get("--data", "");
  run.journal = arguments.get("--journal", "");
  run.fleet.status = arguments.has("--status");

  Numbers numbers(arguments);
  run.sensors = static_cast<std::size_t>(numbers.get("--sensors", 100, 1, 100'000));
  run.fleet.duration = numbers.seconds("--seconds", 20);
  run.fleet.drain = numbers.seconds("--drain", 30);
  run.fleet.sensor.window = static_cast<std::size_t>(numbers.get("--window", 20, 1, 1024));
  const double rate = numbers.get("--rate", 10, 0, 1e6);
  if (rate > 0) run.fleet.sensor.interval = std::chrono::microseconds(static_cast<std::int64_t>(1e6 / rate));
  if (!numbers.outcome()) return numbers.outcome().error();

  const std::string version = arguments.get("--mqtt", "5");
  if (version != "5" && version != "3.1.1") return Error{ErrorKind::kInvalid, "--mqtt wants 5 or 3.1.1"};
  run.fleet.sensor.version = version == "5" ? mqtt::Version::k5 : mqtt::Version::k311;
  const auto server = look_up(arguments.get("--to", ""));
  if (!server) return server.error();
  run.fleet.sensor.server = *server;
  return run;
}

namespace {

double Numbers::get(std::string_view option, double preset, double least, double most) {
  if (!arguments_.has(option)) return preset;
  const std::string words = arguments_.get(option, "");
  const char* end = words.data() + words.size();
  double value = 0;
  const auto [stopped, error] = std::from_chars(words.data(), end, value);
  if (error == std::errc{} && stopped == end && value >= least && value <= most) return value;
  if (outcome_) outcome_ = Error{ErrorKind::kInvalid, std::string(option) + " cannot be '" + words + "'"};
  return preset;
}

Result<boost::asio::ip::tcp::endpoint> look_up(const std::string& host_and_port) {
  const auto address = parse_host_port(host_and_port);
  if (!address) return address.error();
  boost::asio::io_context context;
  boost::asio::ip::tcp::resolver resolver(context);
  boost::system::error_code error;
  const auto found = resolver.resolve(address->host, std::to_string(address->port), error);
  if (error || found.empty()) return Error{ErrorKind::kNotFound, "cannot find " + address->host};
  return found.begin()->endpoint();
}

}  // namespace
}  // namespace tidegate::fleet
