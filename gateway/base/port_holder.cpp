#include "gateway/base/port_holder.hpp"

#include <pwd.h>

#include <algorithm>
#include <array>
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

bool holds_any(const fs::path& process, const std::vector<Listener>& listeners) {
  std::error_code error;
  for (fs::directory_iterator entry(process / "fd", error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    const auto inode = socket_inode(entry->path());
    const auto is_it = [&](const Listener& listener) { return listener.inode == inode; };
    if (inode && std::any_of(listeners.begin(), listeners.end(), is_it)) return true;
  }
  return false;
}

std::string name_of(const fs::path& process) {
  std::string name = text_of(process / "comm");
  if (name.ends_with('\n')) name.pop_back();
  return (name.empty() ? "a process" : name) + " (pid " + process.filename().string() + ")";
}

bool is_number(const std::string& text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::optional<std::string> visible_holder(const std::vector<Listener>& listeners) {
  std::error_code error;
  for (fs::directory_iterator entry("/proc", error); !error && entry != fs::directory_iterator();
       entry.increment(error))
    if (is_number(entry->path().filename().string()) && holds_any(entry->path(), listeners))
      return name_of(entry->path());
  return std::nullopt;
}

std::string user_name(uid_t uid) {
  std::array<char, 4096> room{};
  passwd entry{};
  passwd* found = nullptr;
  return getpwuid_r(uid, &entry, room.data(), room.size(), &found) == 0 && found != nullptr ? entry.pw_name : "";
}

}  // namespace

std::string who_listens(std::uint16_t port) {
  std::vector<Listener> listeners;
  for (const char* table : {"/proc/self/net/tcp", "/proc/self/net/tcp6"}) {
    const auto found = listeners_on(text_of(table), port);
    listeners.insert(listeners.end(), found.begin(), found.end());
  }
  if (listeners.empty()) return "another process";
  if (auto name = visible_holder(listeners)) return *std::move(name);
  const std::uint32_t uid = listeners.front().uid;
  return unseen_holder(uid, user_name(uid)) + " (`ss -ltnp` as root tells which)";
}

std::string unseen_holder(std::uint32_t uid, std::string_view user) {
  constexpr std::uint32_t kNotOfThisNamespace = 65534;  // user_namespaces(7), "unmapped user and group IDs"
  if (uid == kNotOfThisNamespace) return "a process of another user";
  if (user.empty()) return "a process of uid " + std::to_string(uid);
  return "a process of user " + std::string(user) + " (uid " + std::to_string(uid) + ")";
}

std::vector<Listener> listeners_on(std::string_view table, std::uint16_t port) {
  constexpr std::string_view kListen = "0A";  // TCP_LISTEN, include/net/tcp_states.h
  std::vector<Listener> listeners;
  std::istringstream lines{std::string(table)};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream columns(line);
    std::string slot, local, remote, state, queues, timer, retransmits, timeout;
    Listener listener;
    if (!(columns >> slot >> local >> remote >> state >> queues >> timer >> retransmits >> listener.uid >> timeout >>
          listener.inode)) {
      continue;  // the heading
    }
    const std::size_t colon = local.rfind(':');
    if (state != kListen || colon == std::string::npos) continue;
    std::uint16_t local_port = 0;
    std::from_chars(local.data() + colon + 1, local.data() + local.size(), local_port, 16);
    if (local_port == port) listeners.push_back(listener);
  }
  return listeners;
}

}  // namespace tidegate
