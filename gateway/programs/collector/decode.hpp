#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "gateway/base/result.hpp"
#include "gateway/programs/collector/database.hpp"
#include "proto/tidegate/v1/collector.pb.h"

namespace tidegate::collector {

/// Batch.raw_bytes at most.
inline constexpr std::uint32_t kMaxBatchBytes = 4 << 20;

/// The messages of a batch, and the memory they point into.
struct DecodedBatch {
  std::unique_ptr<v1::Records> memory;
  std::vector<Message> messages;
};

/// Untrusted input. An error says why this batch can never be taken.
[[nodiscard]] Result<DecodedBatch> decode(const v1::Batch& batch);

}  // namespace tidegate::collector
