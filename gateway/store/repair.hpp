#pragma once

#include <optional>
#include <string>
#include <vector>

#include "gateway/base/disk.hpp"
#include "gateway/base/event_log.hpp"
#include "gateway/base/random.hpp"
#include "gateway/store/rebuild.hpp"
#include "gateway/store/verification.hpp"

namespace tidegate::store {

struct RepairOptions {
  std::string directory;                  ///< Of the pool.
  Layout layout;                          ///< What the store was made with; used only if no manifest says it.
  std::vector<std::string> stream_names;  ///< By number; used only likewise.
};

/// What is wrong with a store and can be helped.
struct RepairPlan {
  /// Of a pool with a manifest: what was found. Slots with rot are emptied, areas without a manifest get one.
  Verification found;
  std::vector<std::uint32_t> rotten_slots;
  /// Of a pool without one: why, and the manifest that is made; empty() if the frames give none, and the pool is set
  /// aside, as a start would do.
  std::string no_manifest;
  std::optional<Rebuilt> rebuilt;

  [[nodiscard]] bool nothing_to_do() const { return no_manifest.empty() && found.sound(); }
};

/// Only reads, beside a running gateway or not. kNotFound: no pool. kUnsupported: the pool is of a later version, and
/// well as far as this program knows. kIo: the disk does not answer.
Result<RepairPlan> plan_repair(const RepairOptions& options, Disk& disk, Random& random);

/// Does it. The caller holds the DirectoryLock since before the plan was made.
///
/// Records of a rotten slot that pass their check are copied forward, the rest of it is set aside in the quarantine,
/// and the slot is free: what is lost is from then on named corrupt to whom it is owed. Durable when it returns. On an
/// error the store is as sound as it was before.
Result<void> carry_out(const RepairPlan& plan, const RepairOptions& options, Disk& disk, Random& random,
                       EventLog& events);

}  // namespace tidegate::store
