#pragma once

#include <grpcpp/support/status.h>

#include <string>

#include "gateway/north/grpc/grpc_upstream.hpp"

namespace tidegate::north {

/// What ended a call, in words for the owner: what happened, and what to do about it.
[[nodiscard]] std::string explain(const ::grpc::Status& status, const GrpcOptions& options);

}  // namespace tidegate::north
