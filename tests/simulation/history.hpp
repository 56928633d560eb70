#pragma once

#include "tests/simulation/watched_log.hpp"

namespace tidegate::simulation {

/// What may differ from the store as it is meant to be; the defaults are the store as it is.
struct HistoryOptions {
  std::uint64_t seed = 0;
  Mutation mutation = {};             ///< Flushes left out.
  bool constant_salts = false;        ///< The numbers that tell one use of a slot from another are all the same.
  bool small_frames = false;          ///< They share the flash pages that a power cut destroys.
  bool repeat_flushes = false;        ///< A flush that failed is asked for again, and believed.
  bool hasty_cursors = false;         ///< A commit of cursors alone is not flushed.
  bool hasty_drops = false;           ///< A commit that only drops what is too old is not flushed.
  bool split_commits = false;         ///< The streams of a batch are not in one frame.
  std::optional<Unrest> unrest = {};  ///< Instead of what the seed says.
  std::ostream* trace = nullptr;      ///< Where every act, call of the disk and event is written to.
};

/// Runs the history that the seed tells: commits of several streams with different policies, cursors that move or stay
/// away, records that are too old, reads, new incarnations, another board, ends with and without close(), failing
/// calls, a full disk, and power cuts in any call, in recovery too. Stops at the first violation.
Outcome run_history(const HistoryOptions& options);

}  // namespace tidegate::simulation
