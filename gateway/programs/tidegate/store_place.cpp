#include "gateway/programs/tidegate/store_place.hpp"

#include <cstdio>
#include <filesystem>

#include "gateway/config/load.hpp"
#include "gateway/programs/tidegate/commands.hpp"
#include "gateway/programs/tidegate/printable.hpp"

namespace tidegate::cli {

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

int failed(const std::string& why) {
  std::fprintf(stderr, "tidegate: %s\n", printable(why).c_str());
  return kFailure;
}

}  // namespace tidegate::cli
