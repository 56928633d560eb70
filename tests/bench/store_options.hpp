#pragma once

#include <string>
#include <string_view>

#include "gateway/store/log.hpp"
#include "tests/bench/store_subject.hpp"

namespace tidegate::bench {

inline constexpr std::string_view kUpstream = "collector";
inline constexpr std::uint64_t kSlotBytes = 4 << 20;  // the default
inline constexpr std::uint64_t kPoolBytes = 16 * kSlotBytes;

/// Quotas of three quarters of the pool, as a gateway shares it out: most for stream 0. Streams drop their oldest.
inline store::LogOptions log_options(const std::string& directory,
                                     store::Compression compression = store::Compression::kNone) {
  store::LogOptions options;
  options.directory = directory + "/store";
  options.board_id = "bench";
  options.pool_bytes = kPoolBytes;
  options.slot_bytes = kSlotBytes;
  options.compression = compression;
  for (std::uint16_t stream = 0; stream < kStreams; ++stream) {
    store::StreamOptions one;
    one.name = "stream-" + std::to_string(stream);
    one.quota_bytes = std::uint64_t{stream == 0 ? 40U : 2U} << 20;
    one.upstreams = {std::string(kUpstream)};
    options.streams.push_back(one);
  }
  return options;
}

}  // namespace tidegate::bench
