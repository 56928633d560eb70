#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "gateway/base/address.hpp"
#include "gateway/base/event_log.hpp"
#include "gateway/base/result.hpp"
#include "gateway/programs/collector/database.hpp"

namespace grpc {
class Server;
}  // namespace grpc

namespace tidegate::collector {

class CollectorService;

struct ServerOptions {
  HostPort listen;              ///< Port 0 takes a free one.
  std::string certificate_pem;  ///< With the key: TLS. Both empty: plain text.
  std::string key_pem;
};

/// Listens, and serves until stop(). The database and the log must outlive it.
class Server {
 public:
  static Result<std::unique_ptr<Server>> start(const ServerOptions& options, Database& database, EventLog& events);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }

  /// Ends every stream, at the latest after `grace`; returns when the last one has ended. May be called again.
  void stop(std::chrono::milliseconds grace);

 private:
  Server();

  std::unique_ptr<CollectorService> service_;
  std::unique_ptr<::grpc::Server> server_;
  std::uint16_t port_ = 0;
};

}  // namespace tidegate::collector
