#pragma once

#include <grpcpp/channel.h>

#include <memory>

#include "gateway/base/result.hpp"
#include "gateway/north/grpc/grpc_upstream.hpp"

namespace tidegate::north {

/// A channel of its own for each attempt: the name is resolved and the CA file read anew, and no delay of gRPC's own
/// comes between. kNotFound: the CA file cannot be read.
[[nodiscard]] Result<std::shared_ptr<::grpc::Channel>> make_channel(const GrpcOptions& options);

}  // namespace tidegate::north
