#pragma once

#include <array>
#include <string_view>
#include <vector>

#include "gateway/store/log.hpp"
#include "tests/simulation/seeded_random.hpp"
#include "tests/simulation/watched_log.hpp"

namespace tidegate::simulation {

/// A thing that a history does in a step.
enum class Act {
  kCommit,
  kMoveCursor,
  kCommitCursors,
  kDropOld,  ///< Records of a stream are too old.
  kRead,
  kBeginIncarnation,
  kKill,  ///< The process ends without close(); the page cache stays.
  kClose,
  kCut,       ///< The power goes within the next calls.
  kFault,     ///< One of the next calls fails.
  kFillDisk,  ///< Nothing can grow for a while.
  kFreeDisk,
};
inline constexpr std::size_t kActs = 12;
std::string_view to_string(Act act);

/// What kind of history a seed tells: drawn once, so that each differs from the others in more than the order of its
/// acts.
struct Plan {
  store::LogOptions log;
  std::size_t page_bytes = 0;  ///< Of the flash; frames are aligned to this or more.
  std::size_t max_payload_bytes = 0;
  std::size_t max_batch_records = 0;
  std::uint64_t steps = 0;
  Unrest unrest;
  std::array<std::uint64_t, kActs> weights{};  ///< By Act; how often each is chosen.

  [[nodiscard]] Act draw_act(SeededRandom& random) const;
};

Plan draw_plan(SeededRandom& random);

}  // namespace tidegate::simulation
