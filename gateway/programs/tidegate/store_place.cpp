#include "gateway/programs/tidegate/store_place.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>

#include "gateway/config/load.hpp"
#include "gateway/programs/tidegate/commands.hpp"
#include "gateway/programs/tidegate/printable.hpp"

namespace tidegate::cli {
namespace {

// Files that another user makes here are none that the gateway can write to.
Result<void> check_owner(const std::string& directory) {
  struct stat info {};
  if (::stat(directory.c_str(), &info) != 0 || info.st_uid == ::geteuid()) return {};
  return Error{ErrorKind::kRefused, directory +
                                        " belongs to another user: change it as that one, such as with sudo -u "
                                        "tidegate"};
}

}  // namespace

StorePlace store_place(const Arguments& arguments, Disk& disk) {
  const std::filesystem::path file = arguments.get("--config", kDefaultConfig);
  StorePlace place;
  place.config = config::load(file.string(), (file.parent_path() / "conf.d").string(), disk).config;
  place.directory = arguments.get("DIRECTORY", place.config.store.path);
  place.pool_directory = place.directory + "/store";
  return place;
}

std::string without_a_store(const Error& error, const StorePlace& place) {
  if (error.kind == ErrorKind::kNotFound)
    return "no store is in " + place.directory + ": say what store.path is (" + error.message + ")";
  if (error.kind == ErrorKind::kCorrupt)
    return place.pool_directory + "/pool is no pool any more (" + error.message +
           "): tidegate store repair tells what can be done";
  return error.message;
}

Result<DirectoryLock> lock_store(const StorePlace& place) {
  if (auto owner = check_owner(place.pool_directory); !owner) return owner.error();
  auto lock = DirectoryLock::take(place.directory);
  if (!lock && lock.error().kind != ErrorKind::kUnavailable) return lock;
  if (!lock) return Error{lock.error().kind, lock.error().message + ": stop it first"};
  if (!lock->held()) return Error{ErrorKind::kReadOnly, place.directory + " may not be written"};
  return lock;
}

int failed(const std::string& why) {
  std::fprintf(stderr, "tidegate: %s\n", printable(why).c_str());
  return kFailure;
}

}  // namespace tidegate::cli
