#include "gateway/programs/collector/server.hpp"

#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <utility>

#include "gateway/base/listen.hpp"
#include "gateway/programs/collector/decode.hpp"
#include "gateway/programs/collector/service.hpp"

namespace tidegate::collector {
namespace {

/// A batch that could not be compressed, its header and gRPC's.
constexpr int kMaxMessageBytes = static_cast<int>(kMaxBatchBytes) + (64 << 10);

std::shared_ptr<::grpc::ServerCredentials> make_credentials(const ServerOptions& options) {
  if (options.certificate_pem.empty()) return ::grpc::InsecureServerCredentials();
  ::grpc::SslServerCredentialsOptions tls;
  tls.pem_key_cert_pairs.push_back({options.key_pem, options.certificate_pem});
  return ::grpc::SslServerCredentials(tls);
}

void add_arguments(::grpc::ServerBuilder& builder) {
  builder.SetMaxReceiveMessageSize(kMaxMessageBytes);
  // By default two collectors could share a port on Linux, and each would get half of the gateways.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  // Gateways ping through NATs; by default a server takes more than one in five minutes for an attack.
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 30'000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, 600'000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 60'000);
  // Pings that measure the bandwidth would be most of what an idle, metered link carries.
  builder.AddChannelArgument(GRPC_ARG_HTTP2_BDP_PROBE, 0);
}

/// gRPC does not say why it did not start.
Error why_not_started(const ServerOptions& options) {
  if (const auto port = try_to_listen(options.listen, "--listen"); !port) return port.error();
  if (options.certificate_pem.empty())
    return {ErrorKind::kUnavailable, "gRPC does not listen on " + to_string(options.listen)};
  return {ErrorKind::kInvalid, "the certificate of --cert and the key of --key do not fit together, or are not PEM"};
}

}  // namespace

Result<std::unique_ptr<Server>> Server::start(const ServerOptions& options, Database& database, EventLog& events) {
  std::unique_ptr<Server> server(new Server);
  server->service_ = std::make_unique<CollectorService>(database, events);
  ::grpc::ServerBuilder builder;
  add_arguments(builder);
  int port = 0;
  builder.AddListeningPort(to_string(options.listen), make_credentials(options), &port);
  builder.RegisterService(server->service_.get());
  server->server_ = builder.BuildAndStart();
  if (server->server_ == nullptr || port == 0) return why_not_started(options);
  server->port_ = static_cast<std::uint16_t>(port);
  return server;
}

Server::Server() = default;

Server::~Server() { stop(std::chrono::milliseconds(0)); }

void Server::stop(std::chrono::milliseconds grace) {
  if (server_ == nullptr) return;
  server_->Shutdown(std::chrono::system_clock::now() + grace);
  server_->Wait();
}

}  // namespace tidegate::collector
