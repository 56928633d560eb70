#include "gateway/config/load.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/support/memory_disk.hpp"

namespace tidegate::config {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::Field;
using testing::IsEmpty;
using testing::Property;

void put(Disk& disk, const std::string& path, std::string_view text) {
  auto file = disk.open(path, OpenMode::kCreate);
  ASSERT_TRUE(file.ok());
  ASSERT_TRUE((*file)->write_at(0, as_bytes(text)).ok());
}

std::vector<std::string> words(const Loaded& loaded) {
  std::vector<std::string> faults;
  for (const Fault& fault : loaded.faults) faults.push_back(to_string(fault));
  return faults;
}

// The configuration of the README; the first fault is what this version does not do yet.
constexpr std::string_view kTenLines = R"([mqtt]
listen = "0.0.0.0:1883"
users  = "/etc/tidegate/users"
[link.wwan0]
budget = "500 MB/month"
[upstream.cloud]
grpc   = "collector.example.com:7070"
[stream.sensors]
topics = ["zigbee2mqtt/+", "tele/+/SENSOR"]
to     = ["cloud"]
)";

TEST(Load, TheTenLinesAreReadAndTheirBudgetRefusedInPlainWords) {
  const Loaded loaded = parse(kTenLines, "tidegate.toml");
  EXPECT_THAT(words(loaded),
              ElementsAre("tidegate.toml:5:10: link.wwan0.budget: budgets are not offered by this version; "
                          "remove the line to run without one"));
  EXPECT_EQ(loaded.config.mqtt.listen, "0.0.0.0:1883");
  EXPECT_EQ(loaded.config.mqtt.users, "/etc/tidegate/users");
  ASSERT_EQ(loaded.config.upstreams.size(), 1U);
  EXPECT_EQ(loaded.config.upstreams[0].name, "cloud");
  EXPECT_EQ(loaded.config.upstreams[0].grpc, "collector.example.com:7070");
  EXPECT_TRUE(loaded.config.upstreams[0].tls);
  ASSERT_EQ(loaded.config.streams.size(), 1U);
  EXPECT_THAT(loaded.config.streams[0].topics, ElementsAre("zigbee2mqtt/+", "tele/+/SENSOR"));
  EXPECT_THAT(loaded.config.streams[0].to, ElementsAre("cloud"));
}

TEST(Load, AnEmptyFileIsAllDefaults) {
  const Loaded loaded = parse("", "t");
  EXPECT_THAT(loaded.faults, IsEmpty());
  EXPECT_EQ(loaded.config.mqtt.listen, "127.0.0.1:1883");
  EXPECT_EQ(loaded.config.store.size_bytes, 0U);
}

// toml++ keeps tables sorted by name; the first stream of the file must stay the first.
TEST(Load, StreamsKeepTheOrderOfTheFile) {
  const Loaded loaded = parse(R"(
[upstream.u]
grpc = "h:1"
[stream.zebra]
topics = ["z/#"]
to = ["u"]
[stream.ant]
topics = ["a/#"]
to = ["u"]
[stream.mole]
topics = ["m/#"]
to = ["u"]
)",
                              "t");
  EXPECT_THAT(words(loaded), IsEmpty());
  EXPECT_THAT(loaded.config.streams,
              ElementsAre(Field(&Stream::name, "zebra"), Field(&Stream::name, "ant"), Field(&Stream::name, "mole")));
}

TEST(Load, DropInsComeInOrderOfTheirNamesAndOverrideKeyByKey) {
  test::MemoryDisk disk;
  put(disk, "/etc/t.toml",
      "[mqtt]\nlisten = \"127.0.0.1:1\"\nmax_connections = 5\n[upstream.u]\ngrpc = \"h:1\"\n"
      "[stream.s]\ntopics = [\"a\"]\nto = [\"u\"]\n");
  put(disk, "/etc/conf.d/20.toml", "[mqtt]\nlisten = \"127.0.0.1:3\"\n");
  put(disk, "/etc/conf.d/10.toml",
      "[mqtt]\nlisten = \"127.0.0.1:2\"\n[stream.s]\nquota = \"1 MB\"\n[stream.t]\ntopics = [\"b\"]\nto = [\"u\"]\n");
  put(disk, "/etc/conf.d/README", "not a drop-in");
  const Loaded loaded = load("/etc/t.toml", "/etc/conf.d", disk);
  EXPECT_THAT(words(loaded), IsEmpty());
  EXPECT_EQ(loaded.config.mqtt.listen, "127.0.0.1:3");
  EXPECT_EQ(loaded.config.mqtt.max_connections, 5U);
  ASSERT_EQ(loaded.config.streams.size(), 2U);
  EXPECT_THAT(loaded.config.streams[0].topics, ElementsAre("a"));
  EXPECT_EQ(loaded.config.streams[0].quota_bytes, 1'000'000U);
  EXPECT_EQ(loaded.config.streams[1].name, "t");
}

TEST(Load, AMissingDropInDirectoryIsNoFaultAMissingFileIsOne) {
  test::MemoryDisk disk;
  put(disk, "/etc/t.toml", "");
  EXPECT_THAT(load("/etc/t.toml", "/etc/conf.d", disk).faults, IsEmpty());
  EXPECT_THAT(words(load("/etc/u.toml", "/etc/conf.d", disk)), ElementsAre("/etc/u.toml: /etc/u.toml is not there"));
}

TEST(Load, FaultsOfAllFilesComeInOrderOfReading) {
  test::MemoryDisk disk;
  put(disk, "/z.toml", "[mqtt]\nusres = \"/u\"\n");
  put(disk, "/a/1.toml", "[store]\npath = \"x\"\n");
  EXPECT_THAT(words(load("/z.toml", "/a", disk)),
              ElementsAre("/z.toml:2:1: unknown key mqtt.usres; the nearest known is \"users\"",
                          "/a/1.toml:2:8: store.path: \"x\" must be an absolute path, beginning with /"));
}

TEST(Load, AFaultThatAReaderOfANamedFileFindsStandsAmongTheOthers) {
  Loaded loaded = parse("[gateway]\nid = 1\n[mqtt]\nusers = \"/u\"\nmax_connections = 0\n", "t");
  add_fault(loaded, "mqtt", "users", "/u:3: is not name:hash");
  EXPECT_THAT(words(loaded), ElementsAre("t:2:6: gateway.id: must be a name such as \"gateway-7\", not a whole number",
                                         "t:4:9: mqtt.users: /u:3: is not name:hash",
                                         "t:5:19: mqtt.max_connections: must be from 1 to 1000000"));
}

TEST(Load, EffectiveValuesNameTheirSource) {
  const Loaded loaded = parse("[mqtt]\n\nlisten = \"0.0.0.0:1883\"\n", "t");
  EXPECT_THAT(loaded.values,
              testing::Contains(AllOf(Field(&EffectiveValue::table, "mqtt"), Field(&EffectiveValue::key, "listen"),
                                      Field(&EffectiveValue::value, "\"0.0.0.0:1883\""),
                                      Property(&EffectiveValue::source, "t:3"))));
  EXPECT_THAT(loaded.values,
              testing::Contains(AllOf(Field(&EffectiveValue::key, "size"), Field(&EffectiveValue::value, ""),
                                      Field(&EffectiveValue::meaning, "half of the free disk, at most 32 GB"),
                                      Property(&EffectiveValue::source, "default"))));
}

}  // namespace
}  // namespace tidegate::config
