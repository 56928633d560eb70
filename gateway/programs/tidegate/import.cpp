#include <algorithm>
#include <cstdio>

#include "gateway/programs/tidegate/commands.hpp"
#include "gateway/programs/tidegate/mosquitto_import.hpp"

namespace tidegate::cli {

int import_mosquitto(const Arguments& arguments) {
  if (!arguments.has("FILE")) {
    std::fputs("tidegate: say which file: tidegate import /etc/mosquitto/mosquitto.conf\n", stderr);
    return kUsage;
  }
  SystemDisk disk;
  const auto conf = read_mosquitto_conf(arguments.get("FILE", ""), disk);
  if (!conf) {
    std::fprintf(stderr, "tidegate: %s\n", conf.error().message.c_str());
    return kUsage;
  }
  const Import import = import_conf(*conf, disk);
  std::fputs(import.toml.c_str(), stdout);
  std::fputs(to_text(import.notes).c_str(), stderr);
  const auto lost =
      std::count_if(import.notes.begin(), import.notes.end(), [](const Note& note) { return note.is_lost; });
  if (lost == 0) {
    std::fputs("tidegate: everything was carried over\n", stderr);
    return kSuccess;
  }
  std::fprintf(stderr, "tidegate: not everything was carried over: %td lines above say what and why\n", lost);
  return kFailure;
}

}  // namespace tidegate::cli
