#pragma once

#include <span>
#include <string>

#include "gateway/north/upstream.hpp"
#include "proto/tidegate/v1/collector.pb.h"

struct ZSTD_CCtx_s;

namespace tidegate::north {

/// Turns records into the batches of the wire. Keeps one compression context (about 1 MB) for all of them.
class BatchEncoder {
 public:
  BatchEncoder();
  ~BatchEncoder();
  BatchEncoder(const BatchEncoder&) = delete;
  BatchEncoder& operator=(const BatchEncoder&) = delete;

  /// `records`: not empty, consecutive, of one boot. Compressed where that makes it smaller.
  [[nodiscard]] v1::Batch encode(const LaneId& lane, std::span<const store::Record> records);

 private:
  ZSTD_CCtx_s* context_;
};

[[nodiscard]] v1::Skip encode_skip(const LaneId& lane, const store::Skip& skip);
[[nodiscard]] v1::Anchor encode_anchor(const TimeAnchor& anchor);

}  // namespace tidegate::north
