#include "gateway/base/port_holder.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>

namespace tidegate {
namespace {

namespace fs = std::filesystem;

std::string text_of(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

/// The inode of a descriptor that is a socket: /proc/PID/fd/N links to "socket:[123]".
std::optional<std::uint64_t> socket_inode(const fs::path& descriptor) {
  constexpr std::string_view kPrefix = "socket:[";
  std::error_code error;
  const std::string target = fs::read_symlink(descriptor, error).string();
  if (error || !target.starts_with(kPrefix)) return std::nullopt;
  std::uint64_t inode = 0;
  std::from_chars(target.data() + kPrefix.size(), target.data() + target.size(), inode);
  return inode;
}

enum class Holds { kNo, kYes, kUnknown };

Holds holds_any(const fs::path& process, const std::vector<std::uint64_t>& inodes) {
  std::error_code error;
  fs::directory_iterator descriptors(process / "fd", error);
  if (error) return error == std::errc::permission_denied ? Holds::kUnknown : Holds::kNo;
  for (; descriptors != fs::directory_iterator(); descriptors.increment(error)) {
    if (error) return Holds::kNo;
    const auto inode = socket_inode(descriptors->path());
    if (inode && std::find(inodes.begin(), inodes.end(), *inode) != inodes.end()) return Holds::kYes;
  }
  return Holds::kNo;
}

std::string name_of(const fs::path& process) {
  std::string name = text_of(process / "comm");
  if (name.ends_with('\n')) name.pop_back();
  return (name.empty() ? "a process" : name) + " (pid " + process.filename().string() + ")";
}

bool is_number(const std::string& text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::string who_listens(std::uint16_t port) {
  std::vector<std::uint64_t> inodes;
  for (const char* table : {"/proc/net/tcp", "/proc/net/tcp6"}) {
    const auto found = listening_inodes(text_of(table), port);
    inodes.insert(inodes.end(), found.begin(), found.end());
  }
  if (inodes.empty()) return "another process";

  bool some_unknown = false;
  std::error_code error;
  for (fs::directory_iterator entry("/proc", error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    if (!is_number(entry->path().filename().string())) continue;
    const Holds holds = holds_any(entry->path(), inodes);
    if (holds == Holds::kYes) return name_of(entry->path());
    some_unknown = some_unknown || holds == Holds::kUnknown;
  }
  return some_unknown ? "a process of another user" : "another process";
}

std::string port_taken(const HostPort& listen, std::string_view setting) {
  return "cannot listen on " + to_string(listen) + ": " + who_listens(listen.port) +
         " holds the port; stop it or set " + std::string(setting) + " to another port";
}

std::vector<std::uint64_t> listening_inodes(std::string_view table, std::uint16_t port) {
  constexpr std::string_view kListen = "0A";  // TCP_LISTEN, include/net/tcp_states.h
  std::vector<std::uint64_t> inodes;
  std::istringstream lines{std::string(table)};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream columns(line);
    std::string slot, local, remote, state, queues, timer, retransmits, uid, timeout;
    std::uint64_t inode = 0;
    if (!(columns >> slot >> local >> remote >> state >> queues >> timer >> retransmits >> uid >> timeout >> inode)) {
      continue;  // the heading
    }
    const std::size_t colon = local.rfind(':');
    if (state != kListen || colon == std::string::npos) continue;
    std::uint16_t local_port = 0;
    std::from_chars(local.data() + colon + 1, local.data() + local.size(), local_port, 16);
    if (local_port == port) inodes.push_back(inode);
  }
  return inodes;
}

}  // namespace tidegate
