#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "gateway/base/metrics.hpp"
#include "gateway/base/result.hpp"
#include "gateway/control/status.hpp"

namespace tidegate::control {

struct ControlOptions {
  std::string listen = "127.0.0.1:8420";  ///< address:port; port 0 takes a free one.
  std::size_t max_connections = 16;       ///< More are closed at once.
  std::size_t max_request_bytes = 8 << 10;
  std::chrono::milliseconds timeout{10'000};  ///< For reading one request, and for writing one answer.
};

/// HTTP/1.1 for people and monitoring: GET /metrics (Prometheus text format 0.0.4), /healthz (200 while the reactor
/// runs), /readyz (200, or 503 with the reasons), /status (JSON). It
/// has no authentication: listen on loopback, or where everybody may read. POST /resume is the one thing that changes
/// something, and for programs of this machine alone (routes.hpp).
///
/// Reactor only. `metrics` outlives the server. close() ends every connection; after it nothing calls `status` or
/// `resume`.
class ControlServer {
 public:
  ControlServer(boost::asio::io_context& reactor, ControlOptions options, const Metrics& metrics, StatusSource status,
                Resume resume);
  ~ControlServer();
  ControlServer(const ControlServer&) = delete;
  ControlServer& operator=(const ControlServer&) = delete;

  /// Begins to accept. kUnavailable: the port is taken; the message names the process that holds it.
  Result<void> listen();
  /// The port in use, after listen().
  [[nodiscard]] std::uint16_t port() const;
  void close();

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace tidegate::control
