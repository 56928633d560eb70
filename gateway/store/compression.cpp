#include "gateway/store/compression.hpp"

#include <zstd.h>

#include "gateway/base/assert.hpp"

namespace tidegate::store {

namespace {

/// The lowest: a commit waits for it.
constexpr int kLevel = 1;

}  // namespace

Compressor::Compressor() : context_(ZSTD_createCCtx()) {
  TIDEGATE_ASSERT(context_ != nullptr, "memory for compression");
  ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_compressionLevel, kLevel);
}

void Compressor::Free::operator()(ZSTD_CCtx_s* context) const { ZSTD_freeCCtx(context); }

std::optional<Buffer> Compressor::pack(Bytes body, std::size_t limit) {
  Buffer packed(limit);
  const std::size_t size = ZSTD_compress2(context_.get(), packed.data(), packed.size(), body.data(), body.size());
  if (ZSTD_isError(size) != 0) return std::nullopt;
  packed.resize(size);
  return packed;
}

std::optional<Buffer> unpack(Bytes packed, std::size_t raw_bytes) {
  Buffer raw(raw_bytes);
  const std::size_t size = ZSTD_decompress(raw.data(), raw.size(), packed.data(), packed.size());
  if (ZSTD_isError(size) != 0 || size != raw_bytes) return std::nullopt;
  return raw;
}

}  // namespace tidegate::store
