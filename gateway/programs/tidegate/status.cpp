#include <unistd.h>

#include <charconv>
#include <cstdio>
#include <filesystem>
#include <thread>

#include "gateway/config/load.hpp"
#include "gateway/control/status_json.hpp"
#include "gateway/programs/tidegate/commands.hpp"
#include "gateway/programs/tidegate/http_client.hpp"
#include "gateway/programs/tidegate/printable.hpp"
#include "gateway/programs/tidegate/status_text.hpp"

namespace tidegate::cli {
namespace {

/// Where the gateway's control interface is: as said, else as configured, else the default.
std::string control_address(const Arguments& arguments) {
  if (arguments.has("--control")) return arguments.get("--control", "");
  SystemDisk disk;
  const std::filesystem::path file = arguments.get("--config", kDefaultConfig);
  return config::load(file.string(), (file.parent_path() / "conf.d").string(), disk).config.control.listen;
}

using Http = Result<std::string> (*)(const HostPort& address, const std::string& target,
                                     std::chrono::milliseconds timeout);

/// What the gateway answers, in whatever form.
Result<std::string> answer_of(const std::string& address_text, Http http, const std::string& target) {
  constexpr std::chrono::seconds kTimeout(5);
  const auto address = parse_host_port(address_text);
  if (!address) return address.error();
  auto body = http(*address, target, kTimeout);
  if (!body && body.error().kind == ErrorKind::kInvalid)
    return Error{ErrorKind::kInvalid, "what is at " + address_text + " " + body.error().message};
  if (body) return body;
  return Error{body.error().kind, "no gateway answers at " + address_text + " (" + body.error().message +
                                      "): is tidegated running? --control says where else to look"};
}

Result<control::Status> ask(const std::string& address_text) {
  const auto body = answer_of(address_text, http_get, "/status");
  if (!body) return body.error();
  auto status = control::from_json(*body);
  if (!status) return Error{status.error().kind, "at " + address_text + ": " + status.error().message};
  return status;
}

void print(const std::string& text) {
  std::fputs(text.c_str(), stdout);
  std::fflush(stdout);
}

/// How often; 0 is for ever.
Result<std::uint64_t> count_of(const Arguments& arguments) {
  const std::string text = arguments.get("--count", "0");
  std::uint64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error == std::errc{} && end == text.data() + text.size()) return count;
  return Error{ErrorKind::kInvalid, "--count needs a whole number, not \"" + text + "\""};
}

}  // namespace

int status(const Arguments& arguments) {
  const auto status = ask(control_address(arguments));
  if (!status) {
    std::fprintf(stderr, "tidegate: %s\n", status.error().message.c_str());
    return kFailure;
  }
  print(status_text(*status));
  return kSuccess;
}

int resume(const Arguments& arguments) {
  const auto answer = answer_of(control_address(arguments), http_post, "/resume");
  if (!answer) {
    std::fprintf(stderr, "tidegate: %s\n", answer.error().message.c_str());
    return kFailure;
  }
  print(printable(answer->substr(0, answer->find('\n'))) + "\n");
  return kSuccess;
}

int watch(const Arguments& arguments) {
  constexpr const char* kClear = "\x1b[H\x1b[J";  // to the upper left, and erase from there
  const auto count = count_of(arguments);
  if (!count) {
    std::fprintf(stderr, "tidegate: %s\n", count.error().message.c_str());
    return kUsage;
  }
  const std::string address = control_address(arguments);
  const bool on_terminal = ::isatty(STDOUT_FILENO) == 1;
  control::Status before;
  bool answered = false;
  for (std::uint64_t round = 1;; ++round) {
    const auto now = ask(address);
    answered = now.ok();
    if (on_terminal) {
      print(kClear + (answered ? status_text(*now) : now.error().message + "\n"));
    } else {
      print(answered ? status_line(*now, before) : now.error().message + "\n");
    }
    if (answered) before = *now;
    if (round == *count) return answered ? kSuccess : kFailure;
    std::this_thread::sleep_for(std::chrono::seconds(1));
  }
}

}  // namespace tidegate::cli
