// Any bytes as mosquitto.conf. What is made of it must have no faults, and must not open what it cannot guard.
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "gateway/config/load.hpp"
#include "gateway/programs/tidegate/mosquitto_import.hpp"
#include "tests/unit/support/memory_disk.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tidegate;
  const std::string text(data, data + size);
  test::MemoryDisk disk;  // holds nothing
  cli::MosquittoConf conf;
  cli::read_conf_text(text, "f", 0, conf.lines);
  const cli::Import import = cli::import_conf(conf, disk);
  const config::Loaded loaded = config::parse(import.toml, "t");
  if (!loaded.faults.empty()) {
    std::fprintf(stderr, "%s\n%s", to_string(loaded.faults[0]).c_str(), import.toml.c_str());
    std::abort();
  }
  const bool is_open = !loaded.config.mqtt.listen.starts_with("127.");
  if (is_open && text.find("allow_anonymous") == std::string::npos) {
    if (text.find("listener") != std::string::npos || text.find("port") != std::string::npos) std::abort();
  }
  static_cast<void>(cli::to_text(import.notes));
  return 0;
}
