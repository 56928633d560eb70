#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/config/load.hpp"
#include "gateway/programs/tidegate/mosquitto_import.hpp"
#include "tests/unit/support/memory_disk.hpp"

namespace tidegate::cli {

/// What mosquitto_passwd writes for the user "ada".
inline constexpr std::string_view kUsers =
    "ada:$6$AAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    "AA==\n";

/// Imports a mosquitto.conf from a disk in memory.
class MosquittoImporter : public testing::Test {
 protected:
  void put(const std::string& path, std::string_view text) {
    ASSERT_TRUE((*disk.open(path, OpenMode::kCreate))->write_at(0, as_bytes(text)).ok());
  }

  /// Whatever is imported has no faults.
  config::Config import(std::string_view text) {
    put("/m", text);
    const auto conf = read_mosquitto_conf("/m", disk);
    EXPECT_TRUE(conf.ok());
    const Import made = import_conf(*conf, disk);
    toml = made.toml;
    said = to_text(made.notes);
    lost.clear();
    for (const Note& note : made.notes)
      if (note.is_lost) lost.push_back(note.at.line);
    config::Loaded loaded = config::parse(toml, "t");
    for (const config::Fault& fault : loaded.faults) ADD_FAILURE() << to_string(fault) << "\n" << toml;
    return loaded.config;
  }

  test::MemoryDisk disk;
  std::string toml;
  std::string said;
  std::vector<std::uint32_t> lost;  ///< Lines, in order.
};

}  // namespace tidegate::cli
