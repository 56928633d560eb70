#include "gateway/north/grpc/channel.hpp"

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/channel_arguments.h>

#include <fstream>
#include <iterator>
#include <string>

namespace tidegate::north {
namespace {

Result<std::shared_ptr<::grpc::ChannelCredentials>> make_credentials(const GrpcOptions& options) {
  if (!options.tls) return ::grpc::InsecureChannelCredentials();
  ::grpc::SslCredentialsOptions tls;  // empty roots: the system's
  if (!options.ca_file.empty()) {
    std::ifstream file(options.ca_file);
    tls.pem_root_certs.assign(std::istreambuf_iterator<char>(file), {});
    if (tls.pem_root_certs.empty())
      return Error{ErrorKind::kNotFound, "cannot read " + options.ca_file + "; correct upstream." + options.name +
                                             ".ca, or remove it to use the system's signers"};
  }
  return ::grpc::SslCredentials(tls);
}

}  // namespace

Result<std::shared_ptr<::grpc::Channel>> make_channel(const GrpcOptions& options) {
  Result<std::shared_ptr<::grpc::ChannelCredentials>> credentials = make_credentials(options);
  if (!credentials.ok()) return credentials.error();
  ::grpc::ChannelArguments arguments;
  // The back-off is ours: subchannels shared between attempts would bring gRPC's own, up to two minutes.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, static_cast<int>(options.keepalive.count()));
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, static_cast<int>(options.welcome_timeout.count()));
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);  // no limit: an idle link must still be found dead
  // Pings that measure the bandwidth would be most of what an idle, metered link carries.
  arguments.SetInt(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  return ::grpc::CreateCustomChannel(options.target, *credentials, arguments);
}

}  // namespace tidegate::north
