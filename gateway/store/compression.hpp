#pragma once

#include <memory>
#include <optional>

#include "gateway/base/bytes.hpp"

struct ZSTD_CCtx_s;

namespace tidegate::store {

enum class Compression : std::uint8_t { kNone = 0, kZstd = 1 };

/// Makes bodies of frames smaller. Keeps memory from one call to the next: 0.15 MB after bodies
/// of 24 KB, 0.6 MB after the largest. One thread.
class Compressor {
 public:
  Compressor();

  /// `body` in at most `limit` bytes, or nothing if it does not get that small.
  std::optional<Buffer> pack(Bytes body, std::size_t limit);

 private:
  struct Free {
    void operator()(ZSTD_CCtx_s* context) const;
  };
  std::unique_ptr<ZSTD_CCtx_s, Free> context_;
};

/// The `raw_bytes` that were packed, or nothing if `packed` is not exactly these. Takes any bytes without harm; never
/// more memory than `raw_bytes` and a context of 0.1 MB.
std::optional<Buffer> unpack(Bytes packed, std::size_t raw_bytes);

}  // namespace tidegate::store
