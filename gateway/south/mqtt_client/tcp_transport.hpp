#pragma once

#include <boost/asio/io_context.hpp>
#include <optional>
#include <string>

#include "gateway/base/address.hpp"
#include "gateway/south/mqtt_client/transport.hpp"

namespace tidegate::south {

struct TcpTransportOptions {
  std::string name;  ///< Of the broker in the configuration, for what is said to the owner.
  HostPort address;
  bool tls = true;
  std::string ca_file;                   ///< PEM file that signs the broker's certificate; empty: the system's.
  std::optional<HostPort> own_listener;  ///< Where the gateway listens: it is no broker of its own.
};

/// TCP, with TLS unless told otherwise: the certificate must be valid and name the host that was asked for.
Connector tcp_connector(boost::asio::io_context& reactor, TcpTransportOptions options);

}  // namespace tidegate::south
