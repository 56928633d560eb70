#pragma once

#include <string>
#include <vector>

#include "gateway/store/repair.hpp"
#include "gateway/store/store_view.hpp"
#include "gateway/store/verification.hpp"

namespace tidegate::cli {

/// What `tidegate store inspect` shows beside the view itself.
struct StoreSurroundings {
  std::string directory;               ///< Of the pool.
  std::vector<std::string> areas;      ///< One for each: "manifest 17", or why there is none.
  std::vector<std::string> set_aside;  ///< Names of pools that could not be used, and of what is in quarantine.
};

/// `disk` is only read.
Result<StoreSurroundings> look_around(const store::StoreView& view, const std::string& directory, Disk& disk);

/// The manifest, the streams and the slots for people: one subject a line, printable(), no payloads.
std::string inspect_text(const store::StoreView& view, const StoreSurroundings& surroundings);

/// The same as one JSON object.
std::string inspect_json(const store::StoreView& view, const StoreSurroundings& surroundings);

/// What a verification found: a line for each fault, a sentence at the end.
std::string verification_text(const store::Verification& found);

/// What is wrong and what a repair does about it.
std::string repair_text(const store::RepairPlan& plan);

/// What an upgrade of a pool of this format means.
std::string upgrade_text(std::uint16_t format);

}  // namespace tidegate::cli
