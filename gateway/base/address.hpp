#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "gateway/base/result.hpp"

namespace tidegate {

/// A host and a TCP port as an owner writes them: "127.0.0.1:1883", "[::1]:1883", "collector.example.com:7070".
struct HostPort {
  std::string host;  ///< Without the brackets of an IPv6 address.
  std::uint16_t port = 0;
};

/// Splits "host:port". An IPv6 address stands in brackets, the port is 0 to 65535. kInvalid says what is wrong.
Result<HostPort> parse_host_port(std::string_view text);

/// Whether `host` is a numeric IPv4 or IPv6 address: what one can listen on without asking a name server.
bool is_ip_address(const std::string& host);

/// Whether only this machine can reach what listens on this numeric address.
bool is_loopback(const std::string& host);

/// Whether one socket that listens on `a` keeps another from listening on `b`: the same port, and the same address or
/// one that stands for it, such as 0.0.0.0. Port 0 takes a free one and is in nobody's way.
bool is_same_listener(const HostPort& a, const HostPort& b);

/// The same for all ways to write one place: small letters, and 127.0.0.1 for localhost.
HostPort canonical(HostPort address);

/// "host:port", brackets around an IPv6 address.
std::string to_string(const HostPort& address);

}  // namespace tidegate
