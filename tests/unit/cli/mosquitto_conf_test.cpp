#include "gateway/programs/tidegate/mosquitto_conf.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/support/memory_disk.hpp"

namespace tidegate::cli {
namespace {

using testing::ElementsAre;

void put(test::MemoryDisk& disk, const std::string& path, std::string_view text) {
  ASSERT_TRUE((*disk.open(path, OpenMode::kCreate))->write_at(0, as_bytes(text)).ok());
}

std::vector<std::string> read(std::string_view text) {
  std::vector<ConfLine> lines;
  read_conf_text(text, "f", 0, lines);
  std::vector<std::string> words;
  for (const ConfLine& line : lines) words.push_back(std::to_string(line.line) + "|" + line.key + "|" + line.value);
  return words;
}

TEST(MosquittoConf, AKeyAndAllThatFollowsIt) {
  EXPECT_THAT(read("listener 1883\n\n  log_dest  file /a b \r\npersistence\n"),
              ElementsAre("1|listener|1883", "3|log_dest|file /a b", "4|persistence|"));
}

// mosquitto.conf(5): "All lines with a # as the very first character are treated as a comment", and no others.
TEST(MosquittoConf, ACommentBeginsInTheFirstColumnOnly) {
  EXPECT_THAT(read("# a\ntopic # out\npassword_file /a # b"), ElementsAre("2|topic|# out", "3|password_file|/a # b"));
}

TEST(MosquittoConf, WhatIsNotTextHasNoKey) {
  EXPECT_THAT(read(std::string_view("a\0b\nlistener \xff\nuser \x1b[2J\n", 24)), ElementsAre("1||", "2||", "3||"));
}

TEST(MosquittoConf, IncludesInItsOwnOrderAndOnlyFromTheMainFile) {
  test::MemoryDisk disk;
  put(disk, "/m.conf", "a 1\ninclude_dir /d\nz 1\n");
  put(disk, "/d/b.conf", "b 1\n");
  put(disk, "/d/B.conf", "B 1\n");
  put(disk, "/d/a.conf", "c 1\ninclude_dir /e\n");
  put(disk, "/d/README", "no 1\n");
  const auto conf = read_mosquitto_conf("/m.conf", disk);
  ASSERT_TRUE(conf.ok());
  std::vector<std::string> keys;
  for (const ConfLine& line : conf->lines) keys.push_back(line.key + std::to_string(line.file_index));
  EXPECT_THAT(keys, ElementsAre("a0", "c1", "B2", "b3", "z0"));
  ASSERT_EQ(conf->notes.size(), 1U);
  EXPECT_EQ(conf->notes[0].at.file, "/d/a.conf");
}

TEST(MosquittoConf, AMissingFileIsAnError) {
  test::MemoryDisk disk;
  EXPECT_FALSE(read_mosquitto_conf("/m.conf", disk).ok());
}

}  // namespace
}  // namespace tidegate::cli
