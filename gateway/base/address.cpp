#include "gateway/base/address.hpp"

#include <arpa/inet.h>

#include <charconv>

namespace tidegate {

Result<HostPort> parse_host_port(std::string_view text) {
  const auto wrong = [&](std::string_view what) {
    return Error{ErrorKind::kInvalid, "\"" + std::string(text) + "\" " + std::string(what)};
  };
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return wrong("has no port: write host:port, such as 127.0.0.1:1883");
  std::string_view host = text.substr(0, colon);
  const std::string_view port = text.substr(colon + 1);

  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    return wrong("is ambiguous: put the IPv6 address in brackets, such as [::1]:1883");
  }
  if (host.empty()) return wrong("has no host before the port: 0.0.0.0 and [::] are every address of this machine");
  if (host.find_first_of(" \t\r\n/[]") != std::string_view::npos) return wrong("is not host:port");

  std::uint16_t number = 0;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  if (port.empty() || error != std::errc{} || end != port.data() + port.size()) {
    return wrong("does not end in a port from 0 to 65535");
  }
  return HostPort{std::string(host), number};
}

bool is_ip_address(const std::string& host) {
  in6_addr room{};
  return inet_pton(AF_INET, host.c_str(), &room) == 1 || inet_pton(AF_INET6, host.c_str(), &room) == 1;
}

bool is_loopback(const std::string& host) {
  in_addr v4{};
  in6_addr v6{};
  if (inet_pton(AF_INET, host.c_str(), &v4) == 1) return ntohl(v4.s_addr) >> 24 == 127;  // RFC 6890 section 2.2.2
  return inet_pton(AF_INET6, host.c_str(), &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

bool is_same_listener(const HostPort& a, const HostPort& b) {
  // An IPv4 address as an IPv6 socket has it (RFC 4291 section 2.5.5.2); [::] takes in IPv4 too, 0.0.0.0 only that.
  const auto bytes_of = [](const std::string& host, in6_addr& bytes) {
    return inet_pton(AF_INET6, host.c_str(), &bytes) == 1 ||
           inet_pton(AF_INET6, ("::ffff:" + host).c_str(), &bytes) == 1;
  };
  const auto covers = [](const in6_addr& one, const in6_addr& other) {
    if (IN6_IS_ADDR_UNSPECIFIED(&one) || IN6_ARE_ADDR_EQUAL(&one, &other)) return true;
    const bool is_any_v4 = IN6_IS_ADDR_V4MAPPED(&one) && one.s6_addr32[3] == 0;
    return is_any_v4 && IN6_IS_ADDR_V4MAPPED(&other);
  };
  in6_addr at_a{};
  in6_addr at_b{};
  if (a.port != b.port || a.port == 0 || !bytes_of(a.host, at_a) || !bytes_of(b.host, at_b)) return false;
  return covers(at_a, at_b) || covers(at_b, at_a);
}

HostPort canonical(HostPort address) {
  for (char& c : address.host) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  if (address.host == "localhost") address.host = "127.0.0.1";
  return address;
}

std::string to_string(const HostPort& address) {
  const bool is_v6 = address.host.find(':') != std::string::npos;
  return (is_v6 ? "[" + address.host + "]" : address.host) + ":" + std::to_string(address.port);
}

}  // namespace tidegate
