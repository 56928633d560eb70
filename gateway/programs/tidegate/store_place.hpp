#pragma once

#include <string>

#include "gateway/base/arguments.hpp"
#include "gateway/base/directory_lock.hpp"
#include "gateway/base/disk.hpp"
#include "gateway/config/config.hpp"

namespace tidegate::cli {

/// Which store a command speaks of.
struct StorePlace {
  config::Config config;
  std::string directory;       ///< What a gateway calls store.path.
  std::string pool_directory;  ///< In it: where the pool lies.
};

/// DIRECTORY if it is given, else as configured.
StorePlace store_place(const Arguments& arguments, Disk& disk);

/// Why there is nothing to see in the store, with what to do.
std::string without_a_store(const Error& error, const StorePlace& place);

/// For a command that changes the store: no gateway runs on it while the lock is held. kRefused: the store is another
/// user's, and a gateway could not write to the files that this one makes.
Result<DirectoryLock> lock_store(const StorePlace& place);

/// Prints "tidegate: <why>"; returns kFailure.
int failed(const std::string& why);

}  // namespace tidegate::cli
